using McpOidc.Registration;
using McpOidc.Token;

namespace McpOidc.Storage.OpenIddict;

/// <summary>A client on its way through OpenIddict, which wants something that it can set properties on.</summary>
internal sealed class ClientEntity
{
    public required ClientRecord Record { get; set; }

    /// <summary>The version that was read or written last; absent while there is nothing in the store.</summary>
    public long? Version { get; set; }
}

/// <summary>A grant; OpenIddict calls it an authorization.</summary>
internal sealed class GrantEntity
{
    public required GrantRecord Record { get; set; }

    /// <inheritdoc cref="ClientEntity.Version"/>
    public long? Version { get; set; }
}

/// <summary>An authorization code or a pushed authorization request.</summary>
internal sealed class TokenEntity
{
    public required TokenRecord Record { get; set; }

    /// <summary>The grant in which the code lies; absent for what has a record of its own.</summary>
    public GrantRecord? Grant { get; set; }

    /// <inheritdoc cref="ClientEntity.Version"/>
    public long? Version { get; set; }
}

/// <summary>Never filled: scopes come from configuration, and OpenIddict only asks for a type.</summary>
internal sealed class ScopeEntity;
