"""Who calls, and what they may do: accounts, users, keys, sessions, and the policy evaluator."""
