namespace McpOidc.Benchmarks.Load;

/// <summary>The Lua scripts for wrk.</summary>
internal static class LoadScripts
{
    /// <summary>
    /// Before a script: spreads requests over time, so many a second in all. The connections take the next moment in turn, whoever comes first.
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

    /// <summary>ARG: a token, or nothing.</summary>
    public const string Post = """
        wrk.method = "POST"
        wrk.body = ""
        function init(args)
          if args[1] then wrk.headers["Authorization"] = "Bearer " .. args[1] end
        end
        """;

    /// <summary>ARG: a token, or nothing. A call of the tool that does nothing.</summary>
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

    /// <summary>ARG: a file of refresh tokens, the client, and the resource, which every MCP client names. Each answer's token is the next request's, as every client does it.</summary>
    public const string Refresh = """
        local tokens, first, last, rest = {}, 1, 0, ""
        function init(args)
          for line in io.lines(args[1]) do last = last + 1; tokens[last] = line end
          rest = "&client_id=" .. args[2] .. "&resource=" .. args[3]
        end
        function request()
          local token = tokens[first] or "none"
          tokens[first] = nil
          first = first + 1
          return wrk.format("POST", nil, { ["Content-Type"] = "application/x-www-form-urlencoded" },
            "grant_type=refresh_token&refresh_token=" .. token .. rest)
        end
        function response(status, headers, body)
          local token = string.match(body, '"refresh_token"%s*:%s*"([^"]+)"')
          if token then last = last + 1; tokens[last] = token end
        end
        """;
}
