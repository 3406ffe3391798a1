-- Rules tell of months too, and of receivers one by one or of an owner's together. A weekly rule told owners, every other one receivers.
-- The rules and opt-outs are few: to look at each is a moment.
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, adding-not-nullable-field
alter table tracking.notification_rules
    add column per text,
    drop constraint notification_rules_kind_check,
    add constraint notification_rules_kind_check check (kind in ('daily', 'weekly', 'monthly', 'milestone'));
update tracking.notification_rules set per = case when kind = 'weekly' then 'owner' else 'receiver' end;
alter table tracking.notification_rules
    alter column per set not null,  -- no default: the command of the version before fails, and adds no rule that counts something else
    add constraint notification_rules_per_check check (per in ('receiver', 'owner')),
    add constraint milestones_are_of_receivers check (kind <> 'milestone' or per = 'receiver');

alter table tracking.notification_optouts
    drop constraint notification_optouts_kind_check,
    add constraint notification_optouts_kind_check check (kind in ('daily', 'weekly', 'monthly', 'milestone'));
