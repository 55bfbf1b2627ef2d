-- The time that the deletion of rows relies on (server/src/clock/confirmed.rs).
create table server_time (
    id        integer primary key check (id = 1),
    confirmed integer not null,
    seen      integer not null,             -- the clock at the last observation
    steady    integer not null              -- seconds of uptime without a step of the clock
) strict;

-- A database with rows starts at the time of its newest row.
insert into server_time (id, confirmed, seen, steady)
select 1, newest, newest, 0 from (
    select max(at) as newest from (
        select max(created) as at from approval_request
        union all select max(changed) from enrolment
        union all select max(created) from offer
        union all select max(created) from token
        union all select max(created) from session
    )
) where newest is not null;

-- The time from which the retention of an approval request counts: its expiry, or the confirmed time at its creation if the
-- clock was behind it. Evidence from a time in which the clock was behind is then kept as long as any other.
alter table approval_request add column kept_from integer;
update approval_request set kept_from = expires;
drop index approval_request_expires;
drop index approval_request_undecided;
create index approval_request_kept on approval_request (kept_from);
create index approval_request_undecided on approval_request (kept_from) where state in ('pending', 'cancelled');
