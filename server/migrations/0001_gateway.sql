-- The device gateway: offers, enrolments, asks, the requests they became, and the evidence of what was decided.
-- Times are seconds since 1970 (UTC). Hashes and thumbprints are base64url text without padding.

-- Secrets of the gateway itself, made at first start: every node must agree on them.
create table gateway_secret (
    name  text primary key,
    value blob not null
) strict;

-- One invitation to add one phone.
create table offer (
    id            text primary key,
    account       text not null,
    label         text not null,            -- how the phone names the account
    code_hash     text not null,            -- SHA-256 of the one-time code; the code itself is only in the link
    verifier_hash text,                     -- set by the challenge: who asked first is who may enrol
    nonce         text,                     -- set by the challenge: goes into the keys' attestation
    created       integer not null,
    expires       integer not null,
    enrolment     text references enrolment (id)
) strict;

create index offer_account on offer (account);

-- One phone of one account: its three public keys and what it may do.
create table enrolment (
    id           text primary key,
    account      text not null,
    label        text not null,
    handle       text not null unique,      -- what a push names the enrolment by
    state        text not null check (state in ('pending', 'active', 'suspended', 'revoked')),
    dk_thumb     text not null unique,      -- the key a DPoP proof names
    dk           text not null,             -- JWKs
    uvk          text not null,
    ek           text not null,
    protection   text not null,             -- what the phone says of its keys (JSON), not proof of anything
    device       text not null,             -- platform, model, app, sdk (JSON)
    push         text not null,             -- push address (JSON)
    enrol_hash   text not null,             -- SHA-256 of the adp-enrol that made it
    confirm_nonce text not null,
    confirm_code text,                      -- six digits, until they were typed
    confirm_tries integer not null default 0,
    seq          integer not null default 0, -- last number given to a message for this phone
    created      integer not null,
    changed      integer not null
) strict;

create index enrolment_account on enrolment (account);

-- One question to one person.
create table ask (
    id        text primary key,
    account   text not null,
    client    text not null,
    state     text not null check (state in ('pending', 'approved', 'denied', 'binding_mismatch', 'cancelled')),
    expected  text,                         -- the value the phone must send back (entry, choice)
    quiet     integer not null default 0,   -- 1: waits in the inbox and rings nowhere
    reason    text,                         -- of a denial
    acr       text,
    amr       text,                         -- separated by spaces
    auth_time integer,
    created   integer not null,
    expires   integer not null
) strict;

create index ask_account on ask (account, created);
create index ask_client on ask (client, created);

-- The same question as one phone received it.
create table request (
    txn       text primary key,
    ask       text not null references ask (id),
    enrolment text not null references enrolment (id),
    jws       text not null,                -- exactly the bytes that were signed
    hash      text not null,                -- SHA-256 of them
    state     text not null check (state in
              ('pending', 'accepted', 'binding_mismatch', 'elsewhere', 'expired', 'cancelled', 'policy')),
    created   integer not null,
    expires   integer not null,
    closed    integer
) strict;

create index request_ask on request (ask);
create index request_enrolment on request (enrolment, created);

-- What a phone signed and what it was answered: with the request, the evidence of one decision.
create table decision (
    hash     text primary key,              -- SHA-256 of the decision's bytes: the same bytes get the same receipt
    txn      text not null references request (txn),
    jws      text not null,
    signer   text not null,                 -- the JWK that verified it: keys rotate, evidence stays readable
    receipt  text not null,
    received integer not null
) strict;

create index decision_txn on decision (txn);

-- Signed changes of an enrolment and their receipts.
create table enrolment_update (
    hash      text primary key,
    enrolment text not null references enrolment (id),
    jti       text not null,                -- counts once: other bytes with the same meaning are not another update
    jws       text not null,
    receipt   text not null,
    received  integer not null,
    unique (enrolment, jti)
) strict;

create index enrolment_update_enrolment on enrolment_update (enrolment, received);

-- Proofs of possession that were used, until they expire by themselves.
create table used_proof (
    dk_thumb text not null,
    jti      text not null,
    expires  integer not null,
    primary key (dk_thumb, jti)
) strict;

create index used_proof_expires on used_proof (expires);

-- What an account's history forbids. A new request resets nothing here.
create table account_guard (
    account          text primary key,
    binding_failures integer not null default 0,
    cool_until       integer not null default 0,
    not_me           integer not null default 0,
    not_me_since     integer not null default 0,
    quiet_until      integer not null default 0
) strict;
