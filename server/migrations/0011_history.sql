-- Whether the phone has sent a decision with a history (ADP/1, section 8). Then its approvals need one.
alter table enrolment add column signs_history integer not null default 0 check (signs_history in (0, 1));
