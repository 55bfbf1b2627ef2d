-- Accounts are identified by `sub`. A user name can be given to another person, a `sub` cannot.

-- Rows of older versions name the account by its user name. `sub` contains no space, so the prefix keeps these names
-- apart from it. The next start binds the rows to a `sub` where it can (ADR 0023).
update enrolment set account = 'username ' || account;
update offer set account = 'username ' || account;
update approval_request set account = 'username ' || account;
update account_guard set account = 'username ' || account;

-- Each `sub` that a user name had in tokens and authentication requests, until the rows are bound.
create table former_subject (
    username text not null,
    sub      text not null,
    primary key (username, sub)
) strict, without rowid;

insert into former_subject select username, sub from token union select username, sub from ciba_request;

alter table token drop column username;
alter table ciba_request drop column username;

-- People sign in again.
delete from session;
alter table session rename column username to sub;

-- Tokens of one grant are revoked together. A token of an older version is a grant of its own.
alter table token add column grant_id text not null default '';
update token set grant_id = hash;

-- When and how the user approved, for introspection. Missing for tokens of older versions.
alter table token add column auth_time integer;
alter table token add column acr text;

create index token_grant on token (grant_id);
create index token_sub on token (sub);
create index token_client on token (client_id);
create index session_sub on session (sub);
