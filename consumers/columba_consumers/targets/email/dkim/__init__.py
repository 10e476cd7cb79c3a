"""DKIM (RFC 6376, 8463): mail signed for its domain, by RSA or Ed25519, over the very bytes that go out."""
