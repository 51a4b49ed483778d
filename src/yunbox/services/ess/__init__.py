"""The product Ess: Auto Scaling, in both versions of its API.

An action checks a request and writes what is wanted; the controllers make it true. Who writes what:

- `ess.group`: actions write what was asked. The controllers write `cooldown_until`, delete a group that is
  "Deleting" once it is empty, and change `desired` (where it is set), `min_size` and `max_size` only by what rules
  and scheduled tasks say.
- `ess.activity`: begun by `activities.begin`, by actions and controllers alike: status "Init" and what is `asked`.
  The controllers alone carry it out and write everything else of it.
- `ess.member`: made by an action or a controller that brings an instance in, changed by the controllers as activities
  go on. Actions write it where they name instances: they claim it by `activity_id`, see `members.model`.
- `ess.rule`, `ess.alarm`, `ess.schedule`, `ess.hook`, `ess.notification`: actions; the controllers write the fields
  that their types say are theirs.
- `ess.refresh`: actions start it, and write `status` where a user pauses, resumes, cancels or rolls back; the
  controllers write the rest as it goes on.
- `ess.hook_action`: made by the controllers; CompleteLifecycleAction writes `result`, RecordLifecycleActionHeartbeat
  `expires`.

All times are the cloud's (`Call.time`, `Premises.time`), in seconds since the epoch.
"""
