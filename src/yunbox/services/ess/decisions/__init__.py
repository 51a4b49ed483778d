"""What Auto Scaling decides: pure functions of (rule, state, metrics, time), live and in the simulator alike."""
