namespace McpOidc.Registration.MetadataDocuments;

/// <summary>A host's response.</summary>
/// <param name="Body">The document, or <see langword="null"/> if the cached copy is still current (304).</param>
/// <param name="EntityTag">Its ETag, for the next request.</param>
/// <param name="Freshness">How long the cache headers declare it fresh (RFC 9111 §4.2.1); absent if they do not say.</param>
/// <param name="MayOutliveFreshness">Whether it may be used beyond that time (RFC 9111 §5.2.2.5).</param>
internal sealed record FetchedDocument(byte[]? Body, string? EntityTag, TimeSpan? Freshness, bool MayOutliveFreshness)
{
    /// <summary>This document, cached no longer than its keys: a client that replaces a key announces that by the keys' headers.</summary>
    public FetchedDocument TogetherWith(FetchedDocument keys) =>
        this with
        {
            Freshness = keys.Freshness is null || keys.Freshness < Freshness ? keys.Freshness : Freshness,
            MayOutliveFreshness = MayOutliveFreshness && keys.MayOutliveFreshness,
        };
}
