-- Names of the glossary, indexes for the live queries, and the outbox.

alter table ask rename to approval_request;
alter table request rename column ask to approval_request;
alter table ciba_request rename column ask to approval_request;

-- The pace of polls is kept in memory (ADR 0016).
alter table ciba_request drop column polled;

drop index ask_account;
drop index ask_client;
drop index ask_expires;
drop index ask_unanswered;
drop index request_ask;
drop index request_enrolment;

-- Rates: the approval requests of the last minute.
create index approval_request_account on approval_request (account, created, client);
create index approval_request_client on approval_request (client, created);
-- Pending approval requests of an account, and of a client for that account.
create index approval_request_pending on approval_request (account, expires, client) where state = 'pending';
-- Deletion after the expiry: all of them, and those that mostly have no decision.
create index approval_request_expires on approval_request (expires);
create index approval_request_undecided on approval_request (expires) where state in ('pending', 'cancelled');

create index request_approval_request on request (approval_request);
-- The inbox: what a phone can still decide, and what ended in the last minutes.
create index request_pending on request (enrolment, expires) where state = 'pending';
create index request_expires on request (enrolment, expires);

-- Pushes that a committed transaction caused and that were not sent yet.
create table outbox (
    id           integer primary key,
    enrolment    text not null references enrolment (id),
    kind         text not null check (kind in ('request', 'status')),
    content      text not null,             -- the handle of a request, or a signed status
    created      integer not null,
    expires      integer not null,          -- dropped from then on
    attempts     integer not null default 0,
    next_attempt integer not null
) strict;

create index outbox_due on outbox (next_attempt, id);
