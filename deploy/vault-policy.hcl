# What the running mcpveil may do in Vault, and nothing else. Made by: mcpveil keys export-policy --role runtime
#
#   mcpveil keys export-policy --config FILE --role runtime | vault policy write mcpveil-runtime -

# Unwrap the keyrings.
path "transit/decrypt/mcpveil"             { capabilities = ["update"] }

# See at start that the key binds what it wraps. Never "create": with it Vault makes a key where there is none.
# A key of its own for this (key.vault.selftest_key) does without the right.
path "transit/encrypt/mcpveil"             { capabilities = ["update"] }

# The wrapped keyrings, to read, and to see at little cost whether they changed.
path "secret/data/mcpveil/+/keysets/*"     { capabilities = ["read"] }
path "secret/metadata/mcpveil/+/keysets/*" { capabilities = ["read"] }

# The token itself: how long it lives, to renew it, and what it may do (mcpveil keys doctor).
path "auth/token/lookup-self"              { capabilities = ["read"] }
path "auth/token/renew-self"               { capabilities = ["update"] }
path "sys/capabilities-self"               { capabilities = ["update"] }
