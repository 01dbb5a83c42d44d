namespace McpOidc.Configuration;

/// <summary>The headers in which proxies report the caller.</summary>
public enum ProxyHeaders
{
    /// <summary><c>X-Forwarded-For</c>, <c>X-Forwarded-Proto</c> and <c>X-Forwarded-Prefix</c>.</summary>
    XForwarded,

    /// <summary><c>Forwarded</c> (RFC 7239).</summary>
    Forwarded,
}
