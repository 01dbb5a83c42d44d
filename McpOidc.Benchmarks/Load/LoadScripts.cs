namespace McpOidc.Benchmarks.Load;

/// <summary>The Lua scripts for wrk.</summary>
internal static class LoadScripts
{
    /// <summary>
    /// Goes before a script: spreads requests over time at a total rate. Whichever connection is ready first takes the next slot.
    /// </summary>
    public const string AtRate = """
        local ffi = require("ffi")
        ffi.cdef[[ typedef struct { long s; long n; } moment; int clock_gettime(int, moment*); ]]
        local moment, nextAt = ffi.new("moment"), nil
        local function now()
          ffi.C.clock_gettime(1, moment)
          return tonumber(moment.s) * 1000 + tonumber(moment.n) / 1e6
        end
        function delay()
          local at = now()
          nextAt = math.max(nextAt or at, at - 100) + 1000 / RATE
          return math.max(0, math.floor(nextAt - at))
        end

        """;

    /// <summary>ARG: a token, or empty.</summary>
    public const string Post = """
        wrk.method = "POST"
        wrk.body = ""
        function init(args)
          if args[1] then wrk.headers["Authorization"] = "Bearer " .. args[1] end
        end
        """;

    /// <summary>ARG: a token, or empty. Calls the tool that does nothing.</summary>
    public const string CallTool = """
        wrk.method = "POST"
        wrk.body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing","arguments":{}}}'
        wrk.headers["Content-Type"] = "application/json"
        wrk.headers["Accept"] = "application/json, text/event-stream"
        function init(args)
          if args[1] then wrk.headers["Authorization"] = "Bearer " .. args[1] end
        end
        """;

    /// <summary>ARG: the registration.</summary>
    public const string Register = """
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"
        function init(args) wrk.body = args[1] end
        """;

    /// <summary>
    /// ARG: a file with refresh tokens and their clients, and the resource, which every MCP client names. Each response's token goes into
    /// the next request, as with every client. wrk does not say which request a response belongs to; with several clients, the access
    /// token identifies the client.
    /// </summary>
    public const string Refresh = """
        local bit, digits, alphabet = require("bit"), {}, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        for i = 1, #alphabet do digits[string.byte(alphabet, i)] = i - 1 end
        local function decode(text)
          local bytes = {}
          for at = 1, #text - 3, 4 do
            local a, b, c, d = string.byte(text, at, at + 3)
            local n = digits[a] * 262144 + digits[b] * 4096 + digits[c] * 64 + digits[d]
            bytes[#bytes + 1] = string.char(bit.rshift(n, 16), bit.band(bit.rshift(n, 8), 255), bit.band(n, 255))
          end
          return table.concat(bytes)
        end

        local tokens, first, last, rest, only = {}, 1, 0, "", nil
        local function keep(token, client)
          last = last + 1
          tokens[last] = "grant_type=refresh_token&refresh_token=" .. token .. "&client_id=" .. client .. rest
        end
        wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
        function init(args)
          rest = "&resource=" .. args[2]
          local clients = 0
          for line in io.lines(args[1]) do
            local token, client = string.match(line, "(%S+) (%S+)")
            if client ~= only then clients, only = clients + 1, client end
            keep(token, client)
          end
          if clients > 1 then only = nil end
        end
        function request()
          local body = tokens[first] or "grant_type=none"
          tokens[first] = nil
          first = first + 1
          return wrk.format("POST", nil, nil, body)
        end
        function response(status, headers, body)
          local token = string.match(body, '"refresh_token"%s*:%s*"([^"]+)"')
          if token then
            keep(token, only or string.match(decode(string.match(body, '"access_token"%s*:%s*"[^.]+%.([^.]+)')), '"client_id":"([^"]+)'))
          end
        end
        """;
}
