-- The OpenID Provider: backchannel requests, tokens, used client assertions, sessions of people at its pages.
-- Times are seconds since 1970 (UTC). Identifiers that work like passwords are kept as their SHA-256 (base64url) only.

-- One backchannel authentication request (CIBA Core 7).
create table ciba_request (
    id_hash       text primary key,         -- of the auth_req_id
    client_id     text not null,
    username      text not null,
    sub           text not null,
    ask           text not null,            -- the gateway's name of it
    scope         text not null,            -- granted, separated by spaces
    details       text,                     -- authorization_details, a JSON array as received
    created       integer not null,
    expires       integer not null,
    poll_interval integer not null,         -- grows with each slow_down
    polled        integer,                  -- last time
    used          integer                   -- when the tokens were issued
) strict;

create index ciba_request_expires on ciba_request (expires);

-- Access and refresh tokens.
create table token (
    hash      text primary key,
    kind      text not null check (kind in ('access', 'refresh')),
    client_id text not null,
    username  text not null,
    sub       text not null,
    scope     text not null,
    details   text,
    created   integer not null,
    expires   integer not null
) strict;

create index token_expires on token (expires);

-- Client assertions that were accepted, until they expire by themselves (RFC 7523 3).
create table used_assertion (
    client_id text not null,
    jti       text not null,
    expires   integer not null,
    primary key (client_id, jti)
) strict;

create index used_assertion_expires on used_assertion (expires);

-- People who are signed in.
create table session (
    id_hash  text primary key,
    username text not null,
    csrf     text not null,
    created  integer not null,
    expires  integer not null
) strict;

create index session_expires on session (expires);
