-- A session ends when the password of its account changes. Users sign in again after the migration.
drop table session;
create table session (
    id_hash       text primary key,
    sub           text not null,
    password_hash text not null,            -- SHA-256 of the account's password hash at the sign-in
    csrf          text not null,
    created       integer not null,
    expires       integer not null
) strict;

create index session_expires on session (expires);
create index session_sub on session (sub);
