"""Every refusal end to end: a correct request passes, its tampered twin does not and changes nothing."""
