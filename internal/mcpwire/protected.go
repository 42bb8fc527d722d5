package mcpwire

// Protected returns JSON Pointer patterns (see policy.ParsePaths) of the members that belong to
// the protocol in a message of that kind, or in the answer to a request of that method: what is found
// in them stays as it is. The result is shared and must not be changed. An unknown method has
// those of every message.
func Protected(method string, kind Kind) []string { panic("mcpwire: not yet") }
