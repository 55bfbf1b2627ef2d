-- The row that a health check writes and reads.
create table health (
    id    integer primary key check (id = 1),
    probe integer not null
) strict;

insert into health (id, probe) values (1, 0);
