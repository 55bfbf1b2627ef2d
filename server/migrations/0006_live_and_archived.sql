-- What is stored for a short time, and what for years.

-- Proofs of possession are bound to a nonce of the running process, which remembers them (ADR 0019).
drop table used_proof;

-- The message of an update is evidence and is deleted like other evidence. Its hash, jti and receipt stay, so that the
-- same bytes get the same receipt.
create table enrolment_update_new (
    hash      text primary key,
    enrolment text not null references enrolment (id),
    jti       text not null,                -- counts once: other bytes with the same meaning are not another update
    jws       text,                         -- null if the update was not accepted, or after its time as evidence
    receipt   text not null,
    received  integer not null,
    unique (enrolment, jti)
) strict;

insert into enrolment_update_new (hash, enrolment, jti, jws, receipt, received)
    select hash, enrolment, jti, jws, receipt, received from enrolment_update;
drop table enrolment_update;
alter table enrolment_update_new rename to enrolment_update;

create index enrolment_update_enrolment on enrolment_update (enrolment, received);
-- The messages that are stored: of one phone, and by their age.
create index enrolment_update_stored on enrolment_update (enrolment) where jws is not null;
create index enrolment_update_message on enrolment_update (received) where jws is not null;

-- The phones of an account that were not removed.
create index enrolment_live on enrolment (account, created) where state <> 'revoked';
