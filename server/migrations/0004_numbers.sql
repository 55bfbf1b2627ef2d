-- Which number each message of a phone had: a number counts once. A second use shows that an older state of the phone was put
-- back, or that a copy of it acts.
create table used_number (
    enrolment text not null references enrolment (id),
    number    integer not null check (number > 0),
    hash      text not null,                -- SHA-256 of the bytes that it counts for
    primary key (enrolment, number)
) strict, without rowid;

-- When a number last came with other bytes than before.
alter table enrolment add column number_reused integer;
