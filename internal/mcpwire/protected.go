package mcpwire

// The members of the protocol, by mcp.md's list of what must never be altered. Only names whose
// values the protocol, or its peer, compares or parses are here; text for people and models is not. A path
// of a member stands for its name too: the server compares those of inputResponses with its own.

var anyRequest = []string{
	"/jsonrpc", "/id", "/method",
	"/params/_meta/progressToken",
	"/params/_meta/traceparent", "/params/_meta/tracestate",
	"/params/_meta/io.modelcontextprotocol~1protocolVersion",
	"/params/_meta/io.modelcontextprotocol~1clientInfo/**",
	"/params/_meta/io.modelcontextprotocol~1clientCapabilities/**",
	"/params/_meta/io.modelcontextprotocol~1logLevel",
	"/params/_meta/io.modelcontextprotocol~1subscriptionId",
	"/params/_meta/io.modelcontextprotocol~1related-task/**",
	"/params/cursor", "/params/requestState", "/params/taskId", "/params/task/ttl", "/params/inputResponses/*",
}

var anyAnswer = []string{
	"/jsonrpc", "/id",
	"/error/code",
	"/error/data/supported/**", "/error/data/requested", "/error/data/requiredCapabilities/**",
	"/error/data/elicitations/*/elicitationId", "/error/data/elicitations/*/mode",
	"/result/resultType", "/result/isError", "/result/nextCursor", "/result/requestState",
	"/result/ttlMs", "/result/cacheScope", "/result/taskId", "/result/status",
	"/result/createdAt", "/result/lastUpdatedAt", "/result/ttl", "/result/pollInterval",
	"/result/task/taskId", "/result/task/status", "/result/task/createdAt", "/result/task/lastUpdatedAt",
	"/result/task/ttl", "/result/task/pollInterval",
	"/result/_meta/progressToken", "/result/_meta/traceparent", "/result/_meta/tracestate",
	"/result/_meta/io.modelcontextprotocol~1subscriptionId",
	"/result/_meta/io.modelcontextprotocol~1serverInfo/**",
	"/result/_meta/io.modelcontextprotocol~1related-task/**",
	"/result/inputRequests/*", "/result/inputRequests/*/method", "/result/inputRequests/*/params/mode", "/result/inputRequests/*/params/elicitationId",
	"/result/inputRequests/*/params/messages/*/role",
}

// block returns the protocol's members of a content block at path.
func block(path string) []string {
	return []string{
		path + "/type", path + "/mimeType", path + "/resource/mimeType",
		path + "/annotations/audience/*", path + "/annotations/priority", path + "/annotations/lastModified",
		path + "/size", path + "/icons/*/src", path + "/icons/*/mimeType", path + "/icons/*/sizes/*",
		path + "/id", path + "/name", path + "/toolUseId", path + "/isError",
	}
}

// embedded is block without the members that only tool_use and tool_result have: the name of a
// resource_link is content.
func embedded(path string) []string {
	b := block(path)
	return b[:len(b)-4]
}

var requests = table(anyRequest, map[string][]string{
	"initialize": {"/params/protocolVersion", "/params/capabilities/**", "/params/clientInfo/**"},
	"tools/call": {"/params/name"}, "prompts/get": {"/params/name"},
	"completion/complete": {"/params/ref/type", "/params/ref/name", "/params/argument/name"},
	"logging/setLevel":    {"/params/level"},
	"sampling/createMessage": append(append(block("/params/messages/*/content"), block("/params/messages/*/content/*")...),
		"/params/messages/*/role", "/params/maxTokens", "/params/temperature", "/params/modelPreferences/**", "/params/includeContext",
		"/params/tools/*/name", "/params/toolChoice/**"),
	"elicitation/create": {"/params/mode", "/params/elicitationId",
		"/params/requestedSchema/type", "/params/requestedSchema/$schema", "/params/requestedSchema/required/*",
		"/params/requestedSchema/properties/*/type", "/params/requestedSchema/properties/*/format"},
	"subscriptions/listen":                     {"/params/notifications/taskIds/*"},
	"notifications/cancelled":                  {"/params/requestId"},
	"notifications/progress":                   {"/params/progressToken", "/params/progress", "/params/total"},
	"notifications/message":                    {"/params/level"},
	"notifications/elicitation/complete":       {"/params/elicitationId"},
	"notifications/subscriptions/acknowledged": {"/params/notifications/taskIds/*"},
	"notifications/tasks":                      taskState("/params"),
	"notifications/tasks/status":               taskState("/params"),
})

var answers = table(anyAnswer, map[string][]string{
	"initialize":      {"/result/protocolVersion", "/result/capabilities/**", "/result/serverInfo/**"},
	"server/discover": {"/result/supportedVersions/**", "/result/capabilities/**", "/result/serverInfo/**"},
	"tools/list": append(schemas("/result/tools/*/inputSchema", "/result/tools/*/outputSchema"),
		"/result/tools/*/name", "/result/tools/*/icons/*/src", "/result/tools/*/icons/*/mimeType", "/result/tools/*/icons/*/sizes/*", "/result/tools/*/execution/**"),
	"tools/call": toolResult("/result"), "tasks/result": toolResult("/result"),
	"tasks/get":  append(toolResult("/result/result"), "/result/error/code"),
	"tasks/list": {"/result/tasks/*/taskId", "/result/tasks/*/status", "/result/tasks/*/createdAt", "/result/tasks/*/lastUpdatedAt", "/result/tasks/*/ttl", "/result/tasks/*/pollInterval"},
	"resources/list": {"/result/resources/*/mimeType", "/result/resources/*/size", "/result/resources/*/icons/*/src",
		"/result/resources/*/icons/*/mimeType", "/result/resources/*/icons/*/sizes/*",
		"/result/resources/*/annotations/audience/*", "/result/resources/*/annotations/priority", "/result/resources/*/annotations/lastModified"},
	"resources/templates/list": {"/result/resourceTemplates/*/mimeType", "/result/resourceTemplates/*/uriTemplate",
		"/result/resourceTemplates/*/icons/*/src", "/result/resourceTemplates/*/annotations/lastModified"},
	"resources/read":      {"/result/contents/*/mimeType"},
	"prompts/list":        {"/result/prompts/*/name", "/result/prompts/*/arguments/*/name", "/result/prompts/*/icons/*/src"},
	"prompts/get":         append(embedded("/result/messages/*/content"), "/result/messages/*/role"),
	"completion/complete": {"/result/completion/total", "/result/completion/hasMore"},
	"sampling/createMessage": append(append(block("/result/content"), block("/result/content/*")...),
		"/result/role", "/result/model", "/result/stopReason"),
	"elicitation/create": {"/result/action"},
	"skills/list":        {"/result/skills/*/digest", "/result/skills/*/size", "/result/skills/*/files/*/digest", "/result/skills/*/files/*/size"},
	"skills/get":         {"/result/digest", "/result/size", "/result/files/*/digest", "/result/files/*/size"},
})

// schemas returns the structure of JSON Schemas at paths. Their descriptions, defaults, examples and
// enumerated values are content.
func schemas(paths ...string) (all []string) {
	for _, path := range paths {
		for _, below := range []string{"", "/properties/*", "/items", "/$defs/*", "/properties/*/items", "/properties/*/properties/*",
			"/$defs/*/properties/*", "/items/properties/*", "/properties/*/items/properties/*", "/properties/*/properties/*/properties/*"} {
			for _, member := range []string{"/type", "/format", "/pattern", "/$ref", "/$schema", "/$id", "/$anchor", "/x-mcp-header", "/required/*"} {
				all = append(all, path+below+member)
			}
		}
	}
	return all
}

func toolResult(path string) []string {
	return append(embedded(path+"/content/*"), path+"/isError", path+"/resultType")
}

func taskState(path string) []string {
	return append(toolResult(path+"/result"), path+"/status", path+"/createdAt", path+"/lastUpdatedAt", path+"/ttl",
		path+"/pollInterval", path+"/error/code", path+"/inputRequests/*", path+"/inputRequests/*/method")
}

// table puts what every message has in front of what some methods have beside it.
func table(any []string, m map[string][]string) map[string][]string {
	for method, own := range m {
		m[method] = append(any[:len(any):len(any)], own...)
	}
	m[""] = any
	return m
}

// Protected returns JSON Pointer patterns (see policy.ParsePaths) of the members that belong to
// the protocol in a message of that kind, or in the answer to a request of that method: what is found
// in them stays as it is. The result is shared and must not be changed. An unknown method has
// those of every message.
func Protected(method string, kind Kind) []string {
	m := requests
	if kind == Response || kind == ErrorResponse {
		m = answers
	}
	if p, ok := m[method]; ok {
		return p
	}
	return m[""]
}
