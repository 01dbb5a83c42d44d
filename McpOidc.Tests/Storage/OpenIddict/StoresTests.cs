using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Storage.OpenIddict;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Tests.Storage.OpenIddict;

public sealed class StoresTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private readonly ServiceProvider _services = new ServiceCollection()
        .AddLogging()
        .AddStores()
        .BuildServiceProvider(validateScopes: true);

    private LoggingStore Store => _services.GetRequiredService<LoggingStore>();

    private RecordStore Records => _services.GetRequiredService<RecordStore>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task A_pushed_request_takes_one_write_and_is_found_by_its_reference_with_one_read()
    {
        var (reference, id) = await IssueAsync();
        Assert.Equal([$"add token:{{{id}}}"], Store.Log);
        Assert.Equal(Now.AddSeconds(120), Store.WriteOf($"token:{{{id}}}").ExpiresAt);
        Store.Log.Clear();
        await InScope<IOpenIddictTokenManager>(async tokens => Assert.NotNull(await tokens.FindByReferenceIdAsync(reference)));
        Assert.Equal([$"get token:{{{id}}}"], Store.Log);
    }

    [Fact]
    public async Task A_pushed_request_is_not_found_by_another_secret_its_stored_hash_or_its_bare_id()
    {
        var (reference, id) = await IssueAsync();
        var hash = TokenReference.Hash(reference);
        string[] others =
        [
            TokenReference.New(id),
            hash,
            id,
            $"{id}.",
            $".{id}",
            $"{reference}x",
            $"{reference}.",
            "x",
            ".",
            TokenReference.New(OpaqueToken.CreateId()),
        ];
        foreach (var other in others)
        {
            await InScope<IOpenIddictTokenManager>(async tokens => Assert.Null(await tokens.FindByReferenceIdAsync(other)));
        }
    }

    [Fact]
    public async Task Text_that_cannot_be_an_id_causes_no_read()
    {
        await InScope<IOpenIddictTokenManager>(async tokens =>
            Assert.Null(await tokens.FindByReferenceIdAsync(new string('x', 5000) + ".y"))
        );
        await InScope<IOpenIddictTokenManager>(async tokens => Assert.Null(await tokens.FindByReferenceIdAsync("}{.y")));
        Assert.Empty(Store.Log);
    }

    [Fact]
    public async Task An_unknown_reference_format_is_rejected_rather_than_lost() =>
        await InScope<IOpenIddictTokenManager>(async tokens =>
        {
            var token = await tokens.CreateAsync(Descriptor());
            var descriptor = new OpenIddictTokenDescriptor();
            await tokens.PopulateAsync(descriptor, token);
            descriptor.ReferenceId = "without-a-dot";
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await tokens.UpdateAsync(token, descriptor));
        });

    [Fact]
    public async Task Only_one_of_many_redemptions_succeeds()
    {
        var (reference, _) = await IssueAsync();
        var start = new TaskCompletionSource();
        var redemptions = Enumerable
            .Range(0, 16)
            .Select(async _ =>
            {
                await using var scope = _services.CreateAsyncScope();
                var tokens = scope.ServiceProvider.GetRequiredService<IOpenIddictTokenManager>();
                var token = await tokens.FindByReferenceIdAsync(reference);
                await start.Task;
                return await tokens.TryRedeemAsync(token!);
            })
            .ToArray();
        start.SetResult();
        Assert.Single(await Task.WhenAll(redemptions), redeemed => redeemed);
        await InScope<IOpenIddictTokenManager>(async tokens =>
            Assert.True(await tokens.HasStatusAsync((await tokens.FindByReferenceIdAsync(reference))!, Statuses.Redeemed))
        );
    }

    [Fact]
    public async Task A_token_is_found_before_it_is_written_even_without_the_OpenIddict_cache()
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddStores()
            .AddOpenIddict()
            .AddCore(core => core.DisableEntityCaching())
            .Services.BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        var tokens = scope.ServiceProvider.GetRequiredService<IOpenIddictTokenManager>();
        var token = await tokens.CreateAsync(Descriptor());
        Assert.Same(token, await tokens.FindByIdAsync((await tokens.GetIdAsync(token))!));
    }

    [Fact]
    public async Task A_code_without_a_grant_cannot_be_created() =>
        await InScope<IOpenIddictTokenManager>(async tokens =>
        {
            var descriptor = Descriptor();
            descriptor.Type = TokenTypeIdentifiers.Private.AuthorizationCode;
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await tokens.CreateAsync(descriptor));
        });

    [Fact]
    public async Task A_client_exposes_the_metadata_it_was_added_with()
    {
        await AddClientAsync(
            "editor",
            new ClientMetadata { ClientName = "Editor", RedirectUris = ["http://127.0.0.1/cb", "cursor://host/cb"] }
        );
        await InScope<IOpenIddictApplicationManager>(async clients =>
        {
            var client = (await clients.FindByClientIdAsync("editor"))!;
            Assert.Equal("editor", await clients.GetIdAsync(client));
            Assert.Equal("Editor", await clients.GetDisplayNameAsync(client));
            Assert.True(await clients.HasClientTypeAsync(client, ClientTypes.Public));
            Assert.True(await clients.HasApplicationTypeAsync(client, ApplicationTypes.Native));
            Assert.True(await clients.HasRequirementAsync(client, Requirements.Features.ProofKeyForCodeExchange));
            Assert.True(await clients.HasPermissionAsync(client, Permissions.GrantTypes.RefreshToken));
            Assert.False(await clients.HasPermissionAsync(client, Permissions.Endpoints.Introspection));
            Assert.True(await clients.ValidateRedirectUriAsync(client, "http://127.0.0.1:5000/cb"));
            Assert.False(await clients.ValidateRedirectUriAsync(client, "http://localhost:5000/cb"));
        });
    }

    [Fact]
    public async Task A_client_secret_authenticates_and_its_hash_does_not()
    {
        var metadata = new ClientMetadata { TokenEndpointAuthMethod = ClientAuthenticationMethods.ClientSecretBasic };
        await AddClientAsync("backend", metadata, OpaqueToken.Hash("s3cret"));
        await InScope<IOpenIddictApplicationManager>(async clients =>
        {
            var client = (await clients.FindByIdAsync("backend"))!;
            Assert.True(await clients.ValidateClientSecretAsync(client, "s3cret"));
            Assert.False(await clients.ValidateClientSecretAsync(client, "other"));
            Assert.False(await clients.ValidateClientSecretAsync(client, OpaqueToken.Hash("s3cret")));
            Assert.True(await clients.HasPermissionAsync(client, Permissions.Endpoints.Introspection));
        });
    }

    [Fact]
    public async Task OpenIddict_neither_lists_nor_writes_clients_and_does_not_list_tokens()
    {
        await InScope<IOpenIddictApplicationManager>(async clients =>
        {
            await Assert.ThrowsAsync<NotSupportedException>(async () => await clients.CountAsync());
            var descriptor = new OpenIddictApplicationDescriptor { ClientId = "c" };
            await Assert.ThrowsAsync<NotSupportedException>(async () => await clients.CreateAsync(descriptor));
        });
        await InScope<IOpenIddictTokenManager>(async tokens =>
            await Assert.ThrowsAsync<NotSupportedException>(async () => await tokens.ListAsync().CountAsync())
        );
    }

    private static OpenIddictTokenDescriptor Descriptor() =>
        new()
        {
            Type = TokenTypeIdentifiers.Private.RequestToken,
            Status = Statuses.Valid,
            AuthorizationId = "g1",
            ApplicationId = "editor",
            CreationDate = Now,
            ExpirationDate = Now.AddSeconds(60),
        };

    private async Task<(string Reference, string Id)> IssueAsync()
    {
        var reference = "";
        await InScope<IOpenIddictTokenManager>(async tokens =>
        {
            var token = await tokens.CreateAsync(Descriptor());
            var descriptor = new OpenIddictTokenDescriptor();
            await tokens.PopulateAsync(descriptor, token);
            descriptor.Payload = "payload";
            descriptor.ReferenceId = reference = TokenReference.New((await tokens.GetIdAsync(token))!);
            await tokens.UpdateAsync(token, descriptor);
        });
        return (reference, reference.Split('.')[0]);
    }

    private async Task AddGrantAsync(string id, string subject, string client)
    {
        var grant = new GrantRecord
        {
            Id = id,
            Subject = subject,
            ClientId = client,
            Provider = "idp",
            Scopes = ["mcp:tools"],
            Resource = "https://mcp.example/mcp",
            RedirectUri = "https://app.example/cb",
            CreatedAt = Now,
            AuthenticatedAt = Now,
            ExpiresAt = Now.AddDays(1),
        };
        await Records.AddAsync(StoreKeys.Grant, id, grant, grant.ExpiresAt, default, StoreKeys.Grant.IndexesOf(grant));
    }

    private async Task AddClientAsync(string id, ClientMetadata metadata, string? secretHash = null)
    {
        var client = new ClientRecord
        {
            ClientId = id,
            Metadata = metadata,
            CreatedAt = Now,
            ExpiresAt = DateTimeOffset.MaxValue,
            MetadataHash = metadata.Hash(),
            SecretHash = secretHash,
        };
        await Records.AddAsync(ServerKeys.Client, id, client, client.ExpiresAt, default);
    }

    private async Task InScope<T>(Func<T, Task> work)
        where T : notnull
    {
        await using var scope = _services.CreateAsyncScope();
        await work(scope.ServiceProvider.GetRequiredService<T>());
    }
}
