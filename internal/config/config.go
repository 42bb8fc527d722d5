// Package config reads mcpveil's configuration: one YAML file, read strictly.
//
// A field that does not exist, a value of the wrong kind and a rule that cannot hold are all
// reported at once, each with its file and line. No secret stands in the file: what is secret comes
// from another file or from the environment. deploy/example.yaml shows every field.
package config

import (
	"time"

	"github.com/mcpveil/mcpveil/patterns"
)

// A Config is everything that one mcpveil is told. The zero Config is not valid: begin with
// [Default] or [Load]. It must not be changed once it is in use.
type Config struct {
	// Version is the version of this format. It must be 1.
	Version int `yaml:"version"`

	// Tenant is whose traffic this is. Tokens of one tenant open for no other.
	Tenant string `yaml:"tenant"`

	// Scope says within what equal values get equal tokens, and outside of what no token opens:
	// principal (who is asking), tenant, conversation (one stdio connection or one HTTP session), or
	// subject (the person whose data it is about; what is sealed for one can be made unreadable: mcpveil keys shred).
	Scope string `yaml:"scope"`

	// Subject is whose data this process handles, where the scope is subject: one of the customer's, patient's or
	// employee's numbers. --subject goes before it.
	Subject string `yaml:"subject"`

	// Principal is who is asking, where the transport does not tell. On stdio and in a pipe it
	// is the user who started mcpveil if this is empty.
	Principal string `yaml:"principal"`

	// Server is the name of the MCP server behind, which the servers of a policy rule match.
	Server string `yaml:"server"`

	// Packs are the built-in pattern packs that are on, "default" for all but the optional ones. Those if the list is absent.
	Packs []string `yaml:"packs"`

	// PackFiles are pattern packs of one's own, as globs. What is relative is so to this file.
	PackFiles []string `yaml:"pack_files"`

	// PackKeys are whom the packs of PackFiles must be signed by: minisign's public keys, each the line
	// that begins with RW. A pack that none of them signed is refused. Without keys none need be signed.
	PackKeys []string `yaml:"pack_keys"`

	// PackVersions are the versions that packs must have, NAME@VERSION: acme@3.
	PackVersions []string `yaml:"pack_versions"`

	// Watch is how often this file and the packs are looked at. Where they changed, packs, policy, tools and
	// shadow are read anew and hold from the next message on; where they are not in order, or a pack's own
	// examples fail, everything stays as it was. The rest needs a restart. 0s: never.
	Watch Duration `yaml:"watch"`

	// Shadow is a second set of packs that runs beside the first and acts on nothing: records say
	// what it would find differently.
	Shadow *Shadow `yaml:"shadow"`

	// RememberNames has the names of people that were met in a conversation, in fields or behind labels, found again
	// in running text. They are kept as keyed hashes, for as long as the conversation lasts.
	RememberNames bool `yaml:"remember_names"`

	// Profile says how readily a value is taken for personal: strict, balanced or recall. It decides
	// which rules of the packs are on, and what a finding must score.
	Profile string `yaml:"profile"`

	// MinConfidence is the confidence below which nothing counts as found, in place of what the
	// profile says: low, medium or high. Empty: what the profile says.
	MinConfidence string `yaml:"min_confidence"`

	// Overrides change rules of packs, one after the other: off, or what else they say.
	Overrides []Override `yaml:"overrides"`

	// Allow are lists of what is left as it is although it is found: values, by their hashes, or places. Records
	// count it as allowed. A value that is also found as something else is dealt with as that.
	Allow []Allow `yaml:"allow"`

	// Key says where the keys are that tokens are made with.
	Key Key `yaml:"key"`

	// Aliases keeps short tokens, and what stands for values where a schema allows no token. Without it there are none.
	Aliases *Aliases `yaml:"aliases"`

	// Policy is a list of rules of which the first that matches decides. The last must match
	// everything. If the list is absent the default policy holds: to the client, credentials are
	// redacted and all else is encrypted; to the server, plain values pass and tokens stay closed.
	// What Tools asks for goes before it, but for its first rules as far as they give away less than encrypt.
	Policy []Rule `yaml:"policy"`

	// Tools are rules for single tools, which no rule of Policy can weaken.
	Tools []Tool `yaml:"tools"`

	// Opening bounds what may be opened beside the rules: budgets, and tokens and values that nobody has a reason to open.
	Opening Opening `yaml:"opening"`

	// Limits bounds what a peer can make mcpveil hold.
	Limits Limits `yaml:"limits"`

	// Strict says how much of a message's grammar must be right: routing (the routing levels; all of
	// it where anything is found) or full (all of it). See redact.Strictness.
	Strict string `yaml:"strict"`

	// Log is where records go.
	Log Log `yaml:"log"`

	// HTTP is for mcpveil http alone.
	HTTP HTTP `yaml:"http"`

	at positions // where in the file each field stands
}

// A Shadow says in what the second set of packs differs from the first.
type Shadow struct {
	// Packs are the built-in packs of the second set. Those of the first if the list is absent.
	Packs []string `yaml:"packs"`

	// PackFiles are its packs of one's own. Those of the first if the list is absent.
	PackFiles []string `yaml:"pack_files"`

	// PackVersions are the versions that its packs must have.
	PackVersions []string `yaml:"pack_versions"`

	// Profile is its profile. That of the first if it is empty.
	Profile string `yaml:"profile"`

	// Every says how many messages go by for one that is compared (1, which is each).
	Every int `yaml:"every"`
}

// An Override changes rules: those that match each of Packs, Rules and Entities that is there.
type Override struct {
	// Packs are globs over names of packs.
	Packs []string `yaml:"packs"`

	// Rules are globs over ids of rules.
	Rules []string `yaml:"rules"`

	// Entities are globs over entities.
	Entities []string `yaml:"entities"`

	// Off switches the rules off.
	Off bool `yaml:"off"`

	// Tier is alone, context or field, in place of theirs.
	Tier string `yaml:"tier"`

	// Profile is the strictest profile under which they are on, in place of theirs.
	Profile string `yaml:"profile"`

	// Score is added to the score of their matches: from -1 to 1.
	Score Score `yaml:"score"`

	// Context are more words that speak for a match near them.
	Context []string `yaml:"context"`

	// Against are more words that speak against one.
	Against []string `yaml:"against"`

	// Fields are more names of JSON members whose value is meant.
	Fields []string `yaml:"fields"`
}

// An Allow says what is left as it is although it is found. A list left out matches everything; there must be Values,
// Paths or Names.
type Allow struct {
	// Name is what the records call it.
	Name string `yaml:"name"`

	// Direction is to-client or to-server, or left out for both.
	Direction string `yaml:"direction"`

	// Servers are globs over server names.
	Servers []string `yaml:"servers"`

	// Methods are globs over methods.
	Methods []string `yaml:"methods"`

	// Names are globs over tool names, prompt names and resource URIs.
	Names []string `yaml:"names"`

	// Paths are JSON Pointers into the message, as a rule of policy has them.
	Paths []string `yaml:"paths"`

	// Entities are globs over entities.
	Entities []string `yaml:"entities"`

	// Salt is what the hashes of Values were made with, in hexadecimal.
	Salt string `yaml:"salt"`

	// Values are salted hashes of values, in hexadecimal: mcpveil patterns hash makes them.
	Values []string `yaml:"values"`
}

// A Key says where keys are: in a local folder or in Vault, not both. With neither, a local
// folder of the user's.
type Key struct {
	// Name is where a keyring of an earlier version stands, which was one for all purposes, in its tenant's
	// folder: it is used until mcpveil keys migrate has moved it.
	Name string `yaml:"name"`

	// Refresh is the time, give or take a fifth, between looks at the keyrings, for what was changed elsewhere:
	// a key that was disabled, or a data subject that was shredded, is of use until then.
	Refresh Duration `yaml:"refresh"`

	// MaxAge is how long keys are used while what keeps or wraps them does not answer. Afterwards
	// no value is replaced and no token opened, so no message passes that needs either.
	MaxAge Duration `yaml:"max_age"`

	// MinEpochs refuses keyrings of earlier epochs, such as a backup that was put back.
	MinEpochs MinEpochs `yaml:"min_epochs"`

	// Local keeps the keys in a folder of this machine.
	Local *LocalKey `yaml:"local"`

	// Vault keeps them in HashiCorp Vault or OpenBao.
	Vault *VaultKey `yaml:"vault"`
}

// MinEpochs are the least epochs of keyrings by what they are for: as mcpveil keys list says them.
type MinEpochs struct {
	// Token is that of the keyring for tokens; 0 for any, as for the others.
	Token int `yaml:"token"`

	// Digest is that of the keyring for what the action hash makes.
	Digest int `yaml:"digest"`

	// Subject is that of the keyring for what is kept of data subjects.
	Subject int `yaml:"subject"`
}

// A LocalKey is a key in a file of this machine. It is made on first use.
type LocalKey struct {
	// Dir is the folder, which only its owner may read. If it is empty, MCPVEIL_KEY_DIR says
	// where, else it is a folder of the user's configuration. A relative one is relative to this file.
	Dir string `yaml:"dir"`
}

// A VaultKey is a key of Vault's transit engine, which wraps the keyrings in its KV v2 engine.
// The keyring is created once, by mcpveil keys init; nothing is created at start.
type VaultKey struct {
	// URI names the key: hcvault://HOST[:PORT]/MOUNT/keys/NAME, which means https.
	// hcvault+http:// means plain http and is for loopback only.
	URI string `yaml:"uri"`

	// KVMount is where the KV v2 engine is mounted that holds the wrapped keyrings ("secret").
	KVMount string `yaml:"kv_mount"`

	// KVPath is the folder in it ("mcpveil").
	KVPath string `yaml:"kv_path"`

	// Namespace is the namespace of all of that (Vault Enterprise, OpenBao).
	Namespace string `yaml:"namespace"`

	// SelfTestKey is a transit key in the same engine, for what is tried at start: with it the
	// right to encrypt with the key of URI is not needed.
	SelfTestKey string `yaml:"selftest_key"`

	// TokenFile is a file that holds the Vault token, such as Vault Agent writes. It is read at
	// each use. If it is empty, and there is no Login, the environment's VAULT_TOKEN is used.
	TokenFile string `yaml:"token_file"`

	// Login gets a token from Vault, in place of TokenFile.
	Login *VaultLogin `yaml:"login"`

	// CAFile is a file of PEM certificates to trust for Vault in place of the system's. It and
	// the next two are read at each new connection.
	CAFile string `yaml:"ca_file"`

	// CertFile is a file with the client's certificate (PEM), for a Vault that asks for one.
	CertFile string `yaml:"cert_file"`

	// KeyFile is a file with the key of CertFile (PEM).
	KeyFile string `yaml:"key_file"`

	// ServerName is the name in Vault's certificate, if it is not the host of URI.
	ServerName string `yaml:"server_name"`

	// Redirects are the hosts, HOST[:PORT], to which Vault may redirect a call, as a standby does
	// to the active node. None if left out.
	Redirects []string `yaml:"redirects"`

	// IgnoreEnvironment lets variables such as VAULT_SKIP_VERIFY, VAULT_NAMESPACE or another
	// VAULT_ADDR be set. They are never heeded; without this they are an error.
	IgnoreEnvironment bool `yaml:"ignore_environment"`

	// Timeout bounds one call (2s).
	Timeout Duration `yaml:"timeout"`
}

// Aliases bounds the store of what aliases stand for: short tokens, and what looks as a schema wants it. It is in
// memory: what aliases of an earlier process stand for is known once more when the value is met again.
type Aliases struct {
	// MaxEntries is how many aliases there are at a time, of which one scope has half at most (65536). When
	// the store is full, values get tokens, which need no store; where a schema allows none, the answer is refused.
	MaxEntries int `yaml:"max_entries"`

	// MaxBytes is what they may take (64MiB).
	MaxBytes Size `yaml:"max_bytes"`

	// TTL is how long an alias lives that is neither met nor opened (24h).
	TTL Duration `yaml:"ttl"`
}

// A VaultLogin is one of the ways to get a token from Vault. It is renewed, and got anew before
// it ends.
type VaultLogin struct {
	// AppRole is a role id and a secret id.
	AppRole *AppRoleLogin `yaml:"approle"`

	// Kubernetes is the token of the pod's service account.
	Kubernetes *KubernetesLogin `yaml:"kubernetes"`

	// JWT is a token of another platform: SPIFFE, a CI system, a cloud.
	JWT *JWTLogin `yaml:"jwt"`

	// Cert is the client's certificate, CertFile.
	Cert *CertLogin `yaml:"cert"`

	// Agent is a Vault Agent or Proxy at URI, which logs in by itself (use_auto_auth_token).
	Agent *AgentLogin `yaml:"agent"`
}

// An AppRoleLogin logs in as a program that an operator gave two ids.
type AppRoleLogin struct {
	// Mount is where the method is mounted ("approle").
	Mount string `yaml:"mount"`

	// RoleID is the role's id, which is no secret. Either this or RoleIDFile.
	RoleID string `yaml:"role_id"`

	// RoleIDFile is a file that holds it.
	RoleIDFile string `yaml:"role_id_file"`

	// SecretIDFile is a file that holds the secret id. It is read at each login.
	SecretIDFile string `yaml:"secret_id_file"`

	// Wrapped says that the file holds a token that wraps the secret id, as vault write -wrap-ttl
	// prints. It can be used once, so each start needs another.
	Wrapped bool `yaml:"wrapped"`

	// RoleName is the role's name. A wrapped secret id of another role is refused.
	RoleName string `yaml:"role_name"`
}

// A KubernetesLogin logs in as a pod.
type KubernetesLogin struct {
	// Mount is where the method is mounted ("kubernetes").
	Mount string `yaml:"mount"`

	// Role is the role to log in as.
	Role string `yaml:"role"`

	// TokenFile is where the token is, which is read at each login
	// ("/var/run/secrets/kubernetes.io/serviceaccount/token").
	TokenFile string `yaml:"token_file"`
}

// A JWTLogin logs in as whom a signed token is about.
type JWTLogin struct {
	// Mount is where the method is mounted ("jwt").
	Mount string `yaml:"mount"`

	// Role is the role to log in as.
	Role string `yaml:"role"`

	// TokenFile is where the token is, which is read at each login.
	TokenFile string `yaml:"token_file"`
}

// A CertLogin logs in as the owner of the client's certificate.
type CertLogin struct {
	// Mount is where the method is mounted ("cert").
	Mount string `yaml:"mount"`

	// Role is the role to log in as; any that fits if left out.
	Role string `yaml:"role"`
}

// An AgentLogin leaves the login to Vault Agent. There is nothing to say of it: agent: {}
type AgentLogin struct{}

// A Rule says what is done about the values it matches. A list left out matches everything. A rule
// whose action is decrypt matches tokens only, every other rule plain values only: it must name Names and Paths, "*"
// and "/**" for all of them, and is about tools/call where it has no Methods.
type Rule struct {
	// Name is what the records call the rule.
	Name string `yaml:"name"`

	// Direction is to-client or to-server, or left out for both.
	Direction string `yaml:"direction"`

	// Servers are globs over server names.
	Servers []string `yaml:"servers"`

	// Methods are globs over methods: "tools/*".
	Methods []string `yaml:"methods"`

	// Names are globs over tool names, prompt names and resource URIs.
	Names []string `yaml:"names"`

	// Principals are globs over who is asking.
	Principals []string `yaml:"principals"`

	// Paths are JSON Pointers into the message, in which * stands for any one step and a final
	// /** for any rest: /params/arguments/**.
	Paths []string `yaml:"paths"`

	// Entities are globs over entities: US_*.
	Entities []string `yaml:"entities"`

	// MinConfidence is the least confidence the rule takes: low, medium or high.
	MinConfidence string `yaml:"min_confidence"`

	// Action is block, redact, mask, hash, encrypt, decrypt or pass.
	Action string `yaml:"action"`

	// With is which variant of the action. For mask it is how many characters stay, 0 to 8
	// (4 if left out); for encrypt it is alias, for short tokens, which need aliases above. No other action has variants.
	With string `yaml:"with"`

	// Grant is what a rule that decrypts gives away: plain (the value; so if left out), masked (With says how many
	// characters stay) or deny (nothing, whatever the rules behind it say).
	Grant string `yaml:"grant"`
}

// A Tool is a rule about one tool, or about a few alike.
type Tool struct {
	// Name is the tool, as a glob. Either this or Names.
	Name string `yaml:"name"`

	// Names are the tools, as globs.
	Names []string `yaml:"names"`

	// Servers are globs over the servers whose tools they are. All if left out.
	Servers []string `yaml:"servers"`

	// RequiresEncryption has everything found in the tool's answers encrypted, unless the policy
	// begins with a rule that gives away less, such as block or redact. Where that cannot be done
	// the answer is refused.
	RequiresEncryption bool `yaml:"requires_encryption"`

	// LogAccess writes a record of each call: who, which tool, the names of its parameters with
	// personal data cleaned from them, and whether it held personal data. Never a value.
	LogAccess bool `yaml:"log_access"`

	// Reveal says which tokens are opened in the tool's arguments.
	Reveal []Reveal `yaml:"reveal"`

	flag bool // said by --reveal, not in a file
}

// A Reveal opens tokens for a tool. What no Reveal and no rule of Policy names stays closed.
type Reveal struct {
	// Entities are globs over the entities it opens. All if left out.
	Entities []string `yaml:"entities"`

	// Paths are JSON Pointers into the arguments in which it opens them, such as /to or
	// /customer/**. They must be there: /** is all of the arguments, free text included.
	Paths []string `yaml:"paths"`

	// Principals are globs over those for whom it opens them. Anybody if left out.
	Principals []string `yaml:"principals"`

	// Grant is what it gives away: plain (the value; so if left out), masked or deny (nothing, whatever is said behind it).
	Grant string `yaml:"grant"`

	// Keep is how many characters of a masked value stay, 0 to 8 (4 if left out).
	Keep string `yaml:"keep"`
}

// Opening bounds what may be opened beside the rules. Whoever is refused gets the token, and the record says why.
type Opening struct {
	// PerMinute is how many tokens one principal may have opened in any minute, over all tools and connections. 0: any number.
	PerMinute int `yaml:"per_minute"`

	// PerHour is how many in any hour.
	PerHour int `yaml:"per_hour"`

	// Honeytokens are planted: who has one of them opened is up to no good, or has been talked into it.
	Honeytokens Honeytokens `yaml:"honeytokens"`
}

// Honeytokens are tokens and values that nobody has a reason to open. They stay closed, whatever the rules say, and the
// record of the attempt is a warning.
type Honeytokens struct {
	// Tokens are tokens, as they stand in a text.
	Tokens []string `yaml:"tokens"`

	// Salt is what the hashes of Values were made with, in hexadecimal.
	Salt string `yaml:"salt"`

	// Values are salted hashes of values, in hexadecimal, in whatever token they are: mcpveil patterns hash makes them.
	Values []string `yaml:"values"`
}

// Limits bounds what a peer can make mcpveil hold.
type Limits struct {
	// MaxMessage is the longest message that is held whole.
	MaxMessage Size `yaml:"max_message"`

	// MaxDepth is the deepest nesting accepted.
	MaxDepth int `yaml:"max_depth"`

	// MaxPending is how many requests of one connection may wait for their answers.
	MaxPending int `yaml:"max_pending"`

	// MaxHeld is what all long messages that mcpveil http holds at a time may take together.
	MaxHeld Size `yaml:"max_held"`

	// MaxSessions is how many HTTP sessions are remembered at once.
	MaxSessions int `yaml:"max_sessions"`

	// MaxBatch is how many messages a JSON-RPC batch may hold; 0 refuses batches.
	MaxBatch int `yaml:"max_batch"`

	// Drain is how long answers are waited for once the client has closed its end.
	Drain Duration `yaml:"drain"`
}

// A Log says where records go.
type Log struct {
	// Level is debug, info, warn or error. The record of a message that passed is at info, of one that
	// was kept back at warn, of one that could not be filtered at error.
	Level string `yaml:"level"`

	// File is where they go, appended to. Standard error if empty.
	File string `yaml:"file"`
}

// HTTP is for mcpveil http alone.
type HTTP struct {
	// Listen is the address to listen on. --listen goes before it.
	Listen string `yaml:"listen"`

	// Upstream is the URL of the MCP server behind. --upstream goes before it.
	Upstream string `yaml:"upstream"`

	// AllowedOrigins are the values of the header Origin that are let in, beside none at all.
	// If the list is absent, only origins on loopback are, and only when listening there.
	AllowedOrigins []string `yaml:"allowed_origins"`

	// AllowedHosts are the values of the header Host that are let in. If the list is absent and
	// the address is on loopback, only loopback names are.
	AllowedHosts []string `yaml:"allowed_hosts"`
}

// Values of Config.Scope.
const (
	ScopePrincipal    = "principal"
	ScopeTenant       = "tenant"
	ScopeConversation = "conversation"
	ScopeSubject      = "subject"
)

// WithAlias is the value of Rule.With for short tokens.
const WithAlias = "alias"

// Values of Config.Strict.
const (
	StrictRouting = "routing"
	StrictFull    = "full"
)

// Default returns what holds where nothing is configured.
func Default() *Config {
	return &Config{
		Version:       1,
		Tenant:        "default",
		Scope:         ScopePrincipal,
		Server:        "server",
		RememberNames: true,

		Profile: patterns.Balanced.String(),
		Key:     Key{Name: "default", Refresh: Duration(5 * time.Minute), MaxAge: Duration(24 * time.Hour)},
		Limits: Limits{
			MaxMessage:  64 << 20,
			MaxDepth:    512,
			MaxHeld:     512 << 20,
			MaxPending:  4096,
			MaxBatch:    256,
			MaxSessions: 10_000,
			Drain:       Duration(5 * time.Second),
		},
		Strict: StrictRouting,
		Log:    Log{Level: "info"},
		HTTP:   HTTP{Listen: "127.0.0.1:8787"},
	}
}

// setDefaults is Default for aliases, of which the default has none.
func (a *Aliases) setDefaults() {
	*a = Aliases{MaxEntries: 1 << 16, MaxBytes: 64 << 20, TTL: Duration(24 * time.Hour)}
}

// setDefaults is Default for the keys in Vault, of which the default has none.
func (k *VaultKey) setDefaults() {
	*k = VaultKey{KVMount: "secret", KVPath: "mcpveil", Timeout: Duration(2 * time.Second)}
}

func (l *AppRoleLogin) setDefaults() { l.Mount = "approle" }

func (l *KubernetesLogin) setDefaults() {
	*l = KubernetesLogin{Mount: "kubernetes", TokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token"}
}

func (l *JWTLogin) setDefaults() { l.Mount = "jwt" }

func (l *CertLogin) setDefaults() { l.Mount = "cert" }
