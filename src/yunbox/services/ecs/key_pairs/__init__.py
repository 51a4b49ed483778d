"""Key pairs: public keys that instances let in over SSH."""
