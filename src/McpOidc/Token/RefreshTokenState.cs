namespace McpOidc.Token;

/// <summary>How a refresh token that this server issued stands to its family.</summary>
internal enum RefreshTokenState
{
    /// <summary>The newest: using it makes the next one.</summary>
    Current,

    /// <summary>Used once, its successor not yet: the client may not have received the answer and gets the same successor again.</summary>
    Previous,

    /// <summary>Its successor was used: whoever presents it now is not who used the successor.</summary>
    Replayed,

    /// <summary>Newer than all that the record knows of: the store lost a write. It is the last that rotated, and may go on.</summary>
    Newer,

    /// <summary>As <see cref="Newer"/>, and the key to which it was bound is lost with the write: whether its holder has that key cannot be
    /// checked.</summary>
    NewerWithoutKey,

    /// <summary>Unused for too long.</summary>
    Expired,
}
