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
