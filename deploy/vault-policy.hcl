# What mcpveil may do in Vault. Put your own names in place of transit, mcpveil, secret and mcpveil.
#
#   vault secrets enable transit
#   vault write transit/keys/mcpveil type=aes256-gcm96 exportable=false allow_plaintext_backup=false auto_rotate_period=2160h
#   vault policy write mcpveil deploy/vault-policy.hcl

# The running sidecar: unwrap the keyring, and once at start see that the binding holds. "update" and
# not "create": with "create" Vault makes a key where there is none.
path "transit/decrypt/mcpveil" { capabilities = ["update"] }
path "transit/encrypt/mcpveil" { capabilities = ["update"] }

# The wrapped keyrings, to read.
path "secret/data/mcpveil/*"     { capabilities = ["read"] }
path "secret/metadata/mcpveil/*" { capabilities = ["read", "list"] }

# Whoever runs "mcpveil keys create" needs this in addition, with a token that lives for minutes:
# path "secret/data/mcpveil/*"   { capabilities = ["create", "update", "read"] }
