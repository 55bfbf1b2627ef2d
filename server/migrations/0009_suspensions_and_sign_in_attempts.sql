-- Why and since when a phone is suspended, and how many sign-ins failed.

alter table enrolment add column suspended_since integer;
alter table enrolment add column suspended_reason text check (suspended_reason in ('number_used', 'issuer'));

-- Phones that are suspended already: for a reused number if there was one.
update enrolment set
    suspended_since = coalesce(number_reused, changed),
    suspended_reason = case when number_reused is null then 'issuer' else 'number_used' end
where state = 'suspended';

-- The list of suspended phones for the operator.
create index enrolment_suspended on enrolment (suspended_since, id) where state = 'suspended';

-- Failed sign-ins of one name or of one familiar browser within a day of the first one.
create table sign_in_attempt (
    target   text primary key,              -- keyed hash of the name, or hash of the browser's cookie
    failures integer not null,
    expires  integer not null               -- the count begins again then
) strict, without rowid;

create index sign_in_attempt_expires on sign_in_attempt (expires);
