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
    private readonly ServiceProvider _services = new ServiceCollection().AddLogging().AddStores().BuildServiceProvider(validateScopes: true);

    private LoggingStore Store => _services.GetRequiredService<LoggingStore>();

    private RecordStore Records => _services.GetRequiredService<RecordStore>();

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData(TokenTypeIdentifiers.Private.AuthorizationCode)]
    [InlineData(TokenTypeIdentifiers.Private.RequestToken)]
    public async Task A_code_is_one_write_and_is_found_by_its_reference_with_one_read(string type)
    {
        var (reference, id) = await IssueAsync(type);
        Assert.Equal([$"add token:{{{id}}}"], Store.Log);
        Assert.Equal(Now.AddSeconds(120), Store.WriteOf($"token:{{{id}}}").ExpiresAt);
        Store.Log.Clear();
        await InScope<IOpenIddictTokenManager>(async tokens => Assert.NotNull(await tokens.FindByReferenceIdAsync(reference)));
        Assert.Equal([$"get token:{{{id}}}"], Store.Log);
    }

    [Fact]
    public async Task Neither_another_secret_nor_the_stored_hash_nor_the_bare_id_finds_a_code()
    {
        var (reference, id) = await IssueAsync();
        var hash = TokenReference.Hash(reference);
        string[] others = [TokenReference.New(id), hash, id, $"{id}.", $".{id}", $"{reference}x", $"{reference}.", "x", ".", TokenReference.New(TokenReference.NewId())];
        foreach (var other in others)
        {
            await InScope<IOpenIddictTokenManager>(async tokens => Assert.Null(await tokens.FindByReferenceIdAsync(other)));
        }
    }

    [Fact]
    public async Task What_cannot_be_an_id_costs_no_read()
    {
        await InScope<IOpenIddictTokenManager>(async tokens => Assert.Null(await tokens.FindByReferenceIdAsync(new string('x', 5000) + ".y")));
        await InScope<IOpenIddictTokenManager>(async tokens => Assert.Null(await tokens.FindByReferenceIdAsync("}{.y")));
        Assert.Empty(Store.Log);
    }

    [Fact]
    public async Task A_foreign_form_of_reference_is_refused_rather_than_lost()
        => await InScope<IOpenIddictTokenManager>(async tokens =>
        {
            var token = await tokens.CreateAsync(Descriptor(TokenTypeIdentifiers.Private.AuthorizationCode));
            var descriptor = new OpenIddictTokenDescriptor();
            await tokens.PopulateAsync(descriptor, token);
            descriptor.ReferenceId = "without-a-dot";
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await tokens.UpdateAsync(token, descriptor));
        });

    [Fact]
    public async Task Of_many_redemptions_one_succeeds()
    {
        var (reference, _) = await IssueAsync();
        var start = new TaskCompletionSource();
        var redemptions = Enumerable.Range(0, 16).Select(async _ =>
        {
            await using var scope = _services.CreateAsyncScope();
            var tokens = scope.ServiceProvider.GetRequiredService<IOpenIddictTokenManager>();
            var token = await tokens.FindByReferenceIdAsync(reference);
            await start.Task;
            return await tokens.TryRedeemAsync(token!);
        }).ToArray();
        start.SetResult();
        Assert.Single(await Task.WhenAll(redemptions), redeemed => redeemed);
        await InScope<IOpenIddictTokenManager>(async tokens =>
            Assert.True(await tokens.HasStatusAsync((await tokens.FindByReferenceIdAsync(reference))!, Statuses.Redeemed)));
    }

    [Fact]
    public async Task A_token_is_found_before_it_is_written_even_without_OpenIddicts_cache()
    {
        await using var services = new ServiceCollection().AddLogging().AddStores().AddOpenIddict().AddCore(core => core.DisableEntityCaching()).Services.BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        var tokens = scope.ServiceProvider.GetRequiredService<IOpenIddictTokenManager>();
        var token = await tokens.CreateAsync(Descriptor(TokenTypeIdentifiers.Private.AuthorizationCode));
        Assert.Same(token, await tokens.FindByIdAsync((await tokens.GetIdAsync(token))!));
    }

    [Fact]
    public async Task Another_type_of_token_is_written_at_once()
    {
        await InScope<IOpenIddictTokenManager>(async tokens => await tokens.CreateAsync(Descriptor(TokenTypeIdentifiers.AccessToken)));
        Assert.StartsWith("add token:", Assert.Single(Store.Log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoking_the_tokens_of_a_grant_revokes_the_grant_once()
    {
        await AddGrantAsync("g1", "alice", "editor");
        await InScope<IOpenIddictTokenManager>(async tokens =>
        {
            Assert.Equal(1, await tokens.RevokeByAuthorizationIdAsync("g1"));
            Assert.Equal(0, await tokens.RevokeByAuthorizationIdAsync("g1"));
            Assert.Equal(0, await tokens.RevokeByAuthorizationIdAsync("unknown"));
        });
        await InScope<IOpenIddictAuthorizationManager>(async grants =>
            Assert.True(await grants.HasStatusAsync((await grants.FindByIdAsync("g1"))!, Statuses.Revoked)));
    }

    [Fact]
    public async Task Revoking_a_user_or_a_client_spares_the_others()
    {
        await AddGrantAsync("g1", "alice", "editor");
        await AddGrantAsync("g2", "alice", "desktop");
        await AddGrantAsync("g3", "bob", "editor");
        await InScope<IOpenIddictAuthorizationManager>(async grants => Assert.Equal(2, await grants.RevokeBySubjectAsync("alice")));
        Assert.True((await Records.GetAsync(StoreKeys.Grant, "g3", default))!.Value.IsLive);
        await InScope<IOpenIddictTokenManager>(async tokens => Assert.Equal(1, await tokens.RevokeByApplicationIdAsync("editor")));
        Assert.False((await Records.GetAsync(StoreKeys.Grant, "g3", default))!.Value.IsLive);
    }

    [Fact]
    public async Task Grants_are_found_by_user_client_status_type_and_scopes()
    {
        await AddGrantAsync("g1", "alice", "editor");
        await AddGrantAsync("g2", "alice", "desktop");
        await InScope<IOpenIddictAuthorizationManager>(async grants =>
        {
            Assert.Equal(2, await grants.FindAsync("alice", null, Statuses.Valid, AuthorizationTypes.Permanent, ["mcp:tools"]).CountAsync());
            Assert.Equal(1, await grants.FindAsync("alice", "editor", null, null, null).CountAsync());
            Assert.Equal(0, await grants.FindAsync("alice", null, null, null, ["other"]).CountAsync());
            Assert.Equal(0, await grants.FindAsync("alice", null, Statuses.Revoked, null, null).CountAsync());
            Assert.Equal(0, await grants.FindAsync("alice", null, null, AuthorizationTypes.AdHoc, null).CountAsync());
            Assert.Equal(1, await grants.FindByApplicationIdAsync("desktop").CountAsync());
            await Assert.ThrowsAsync<NotSupportedException>(async () => await grants.FindAsync(null, null, null, null, null).CountAsync());
        });
    }

    [Fact]
    public async Task A_grant_made_by_OpenIddict_is_stored_and_indexed_and_stays_revoked()
        => await InScope<IOpenIddictAuthorizationManager>(async grants =>
        {
            var grant = await grants.CreateAsync(new OpenIddictAuthorizationDescriptor { Subject = "alice", ApplicationId = "editor", Type = AuthorizationTypes.Permanent, Status = Statuses.Valid });
            Assert.Equal(1, await grants.FindBySubjectAsync("alice").CountAsync());
            Assert.True(await grants.TryRevokeAsync(grant));
            var descriptor = new OpenIddictAuthorizationDescriptor();
            await grants.PopulateAsync(descriptor, grant);
            descriptor.Status = Statuses.Valid;
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await grants.UpdateAsync(grant, descriptor));
        });

    [Fact]
    public async Task A_client_is_its_metadata()
    {
        await AddClientAsync("editor", new ClientMetadata { ClientName = "Editor", RedirectUris = ["http://127.0.0.1/cb", "cursor://host/cb"] });
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
    public async Task A_client_secret_is_stored_hashed_and_authenticates()
    {
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = "backend",
            ClientSecret = "s3cret",
            ClientType = ClientTypes.Confidential,
            RedirectUris = { new Uri("https://app.example/cb") },
        };
        await InScope<IOpenIddictApplicationManager>(async clients => await clients.CreateAsync(descriptor));
        Assert.Equal(ClientManager.HashOf("s3cret"), (await Records.GetAsync(StoreKeys.Client, "backend", default))!.Value.SecretHash);
        await InScope<IOpenIddictApplicationManager>(async clients =>
        {
            var client = (await clients.FindByIdAsync("backend"))!;
            Assert.True(await clients.ValidateClientSecretAsync(client, "s3cret"));
            Assert.False(await clients.ValidateClientSecretAsync(client, "other"));
            Assert.False(await clients.ValidateClientSecretAsync(client, ClientManager.HashOf("s3cret")));
            Assert.True(await clients.HasPermissionAsync(client, Permissions.Endpoints.Introspection));
        });
        await InScope<IOpenIddictApplicationManager>(async clients =>
            await Assert.ThrowsAsync<OpenIddictExceptions.ConcurrencyException>(async () => await clients.CreateAsync(descriptor)));
    }

    [Fact]
    public async Task A_descriptor_survives_the_way_through_the_store()
    {
        const string Keys = """{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","use":"sig"}]}""";
        await InScope<IOpenIddictApplicationManager>(async clients =>
        {
            var client = await clients.CreateAsync(new OpenIddictApplicationDescriptor
            {
                ClientId = "signed",
                ClientType = ClientTypes.Confidential,
                JsonWebKeySet = new(Keys),
                RedirectUris = { new Uri("https://app.example/cb") },
            });
            var descriptor = new OpenIddictApplicationDescriptor();
            await clients.PopulateAsync(descriptor, client);
            descriptor.DisplayName = "Signed";
            await clients.UpdateAsync(client, descriptor);
        });
        await InScope<IOpenIddictApplicationManager>(async clients =>
        {
            var client = (await clients.FindByIdAsync("signed"))!;
            Assert.Equal("Signed", await clients.GetDisplayNameAsync(client));
            Assert.Equal("P-256", Assert.Single((await clients.GetJsonWebKeySetAsync(client))!.Keys).Crv);
        });
    }

    [Theory]
    [InlineData(Permissions.Prefixes.Scope + "mcp:tools")]
    [InlineData(Permissions.Endpoints.DeviceAuthorization)]
    [InlineData(Permissions.Endpoints.Authorization)]
    public async Task Permissions_that_would_not_be_kept_are_refused(string permission)
        => await InScope<IOpenIddictApplicationManager>(async clients => await Assert.ThrowsAsync<NotSupportedException>(async () =>
            await clients.CreateAsync(new OpenIddictApplicationDescriptor { ClientId = "c", Permissions = { permission } })));

    [Fact]
    public async Task Of_two_updates_of_a_client_one_is_told_of_the_other()
    {
        await AddClientAsync("editor", new ClientMetadata { RedirectUris = ["https://app.example/cb"] });
        await InScope<IOpenIddictApplicationManager>(async mine =>
        {
            var first = (await mine.FindByIdAsync("editor"))!;
            await InScope<IOpenIddictApplicationManager>(async theirs => await theirs.UpdateAsync((await theirs.FindByIdAsync("editor"))!));
            await Assert.ThrowsAsync<OpenIddictExceptions.ConcurrencyException>(async () => await mine.UpdateAsync(first));
        });
    }

    [Fact]
    public async Task Deleting_a_client_ends_its_grants()
    {
        await AddClientAsync("editor", new ClientMetadata());
        await AddGrantAsync("g1", "alice", "editor");
        await InScope<IOpenIddictApplicationManager>(async clients => await clients.DeleteAsync((await clients.FindByIdAsync("editor"))!));
        await InScope<IOpenIddictApplicationManager>(async clients => Assert.Null(await clients.FindByIdAsync("editor")));
        Assert.False((await Records.GetAsync(StoreKeys.Grant, "g1", default))!.Value.IsLive);
    }

    [Fact]
    public async Task Nothing_is_listed_or_counted_and_scopes_are_not_stored()
    {
        await InScope<IOpenIddictApplicationManager>(async clients => await Assert.ThrowsAsync<NotSupportedException>(async () => await clients.CountAsync()));
        await InScope<IOpenIddictTokenManager>(async tokens => await Assert.ThrowsAsync<NotSupportedException>(async () => await tokens.ListAsync().CountAsync()));
        await InScope<IOpenIddictScopeManager>(async scopes =>
        {
            Assert.Null(await scopes.FindByNameAsync("mcp:tools"));
            Assert.Equal(0, await scopes.FindByNamesAsync(["mcp:tools"]).CountAsync());
            var refused = await Assert.ThrowsAsync<NotSupportedException>(async () => await scopes.CreateAsync(new OpenIddictScopeDescriptor { Name = "x" }));
            Assert.Contains("configuration", refused.Message, StringComparison.Ordinal);
        });
    }

    private static OpenIddictTokenDescriptor Descriptor(string type)
        => new() { Type = type, Status = Statuses.Valid, AuthorizationId = "g1", ApplicationId = "editor", CreationDate = Now, ExpirationDate = Now.AddSeconds(60) };

    private async Task<(string Reference, string Id)> IssueAsync(string type = TokenTypeIdentifiers.Private.AuthorizationCode)
    {
        var reference = "";
        await InScope<IOpenIddictTokenManager>(async tokens =>
        {
            var token = await tokens.CreateAsync(Descriptor(type));
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
        await Records.AddAsync(StoreKeys.Grant, id, grant, grant.ExpiresAt, default, Grants.IndexesOf(grant));
    }

    private async Task AddClientAsync(string id, ClientMetadata metadata)
    {
        var client = new ClientRecord { ClientId = id, Metadata = metadata, CreatedAt = Now, ExpiresAt = DateTimeOffset.MaxValue, MetadataHash = ClientStore.HashOf(metadata) };
        await Records.AddAsync(StoreKeys.Client, id, client, client.ExpiresAt, default);
    }

    private async Task InScope<T>(Func<T, Task> work) where T : notnull
    {
        await using var scope = _services.CreateAsyncScope();
        await work(scope.ServiceProvider.GetRequiredService<T>());
    }
}
