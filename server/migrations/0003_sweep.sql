-- What the sweep looks for, so that it never reads a whole table of evidence.

create index offer_expires on offer (expires);

create index ask_expires on ask (expires);

-- Asks that ended without an answer that counts: most of them have no decision.
create index ask_unanswered on ask (expires) where state in ('pending', 'cancelled');
