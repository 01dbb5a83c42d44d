using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Federation;

/// <summary>Responses of a <see cref="FaultyIdentityProvider"/> that no library would send.</summary>
internal static class OddAnswers
{
    public const string Discovery = "/.well-known/openid-configuration";

    public static Action<JsonObject> AddKey(Action<JsonObject> change) =>
        set =>
        {
            var key = set["keys"]!.AsArray()[^1]!.DeepClone().AsObject();
            change(key);
            set["keys"]!.AsArray().Insert(0, key);
        };

    public static void Replace(JsonObject key)
    {
        using var other = System.Security.Cryptography.RSA.Create(2048);
        key["n"] = Base64UrlEncoder.Encode(other.ExportParameters(false).Modulus);
    }

    public static string Raw(FaultyIdentityProvider idp, JsonObject header, string payload)
    {
        var head = Base64UrlEncoder.Encode(header.ToJsonString()) + "." + Base64UrlEncoder.Encode(payload);
        return head
            + "."
            + Base64UrlEncoder.Encode(
                idp.Key.SignData(
                    Encoding.ASCII.GetBytes(head),
                    System.Security.Cryptography.HashAlgorithmName.SHA256,
                    System.Security.Cryptography.RSASignaturePadding.Pkcs1
                )
            );
    }

    public static async Task<bool> SayAsync(
        FaultyIdentityProvider idp,
        HttpContext http,
        string mediaType,
        bool mark,
        string path = Discovery
    )
    {
        if (http.Request.Path != path)
        {
            return false;
        }

        http.Response.ContentType = mediaType;
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes((mark ? "\uFEFF" : "") + Document(idp)));
        return true;
    }

    public static string Document(FaultyIdentityProvider idp) =>
        new JsonObject
        {
            ["issuer"] = idp.Issuer,
            ["authorization_endpoint"] = idp.Issuer + "/authorize",
            ["token_endpoint"] = idp.Issuer + "/token",
            ["jwks_uri"] = idp.Issuer + "/jwks",
            ["service_documentation"] = "für alle",
        }.ToJsonString();

    public static async Task<bool> CompressedAsync(FaultyIdentityProvider idp, HttpContext http)
    {
        if (http.Request.Path != Discovery)
        {
            return false;
        }

        http.Response.ContentType = "application/json";
        http.Response.Headers.ContentEncoding = "gzip";
        using var body = new MemoryStream();
        await using (var gzip = new GZipStream(body, CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(Document(idp)));
        }

        await http.Response.Body.WriteAsync(body.ToArray());
        return true;
    }

    public static async Task<bool> RawAsync(HttpContext http, string path, string text, Encoding? encoding = null)
    {
        if (http.Request.Path != path)
        {
            return false;
        }

        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync((encoding ?? Encoding.UTF8).GetBytes(text));
        return true;
    }

    public static Task<bool> RedirectAsync(HttpContext http, string path, int status, string location)
    {
        if (http.Request.Path == path)
        {
            (http.Response.StatusCode, http.Response.Headers.Location) = (status, location);
        }

        return Task.FromResult(http.Request.Path == path);
    }

    // Its id_token lacks claims that the scopes ask for.
    public static FaultyIdentityProvider Poor(FaultyIdentityProvider idp)
    {
        idp.Claims = claims => claims.Remove("email");
        return idp;
    }

    public static string Modulus(FaultyIdentityProvider idp) =>
        Base64UrlEncoder.Encode(idp.Key.ExportParameters(includePrivateParameters: false).Modulus);

    public static Task<bool> StatusAsync(HttpContext http, string path, int status)
    {
        if (http.Request.Path == path)
        {
            http.Response.StatusCode = status;
        }

        return Task.FromResult(http.Request.Path == path);
    }

    public static async Task<bool> ErrorAsync(HttpContext http, int status, string body, string type = "application/json")
    {
        if (http.Request.Path != "/token")
        {
            return false;
        }

        (http.Response.StatusCode, http.Response.ContentType) = (status, type);
        await http.Response.WriteAsync(body);
        return true;
    }
}
