namespace McpOidc.Storage;

/// <summary>
/// The Lua scripts of <see cref="RedisStore"/>. Each touches one key, so that it runs on any Redis Cluster, and uses only commands that
/// Redis 7.0, Valkey and Garnet share. Times are Unix milliseconds of the caller's clock; versions are compared as text, because a
/// number of Lua holds only 53 bits.
/// </summary>
/// <remarks>
/// <para>The first write of a script is the one that takes memory: once a script has written anything, even a DEL, Redis lets it go on
/// past <c>maxmemory</c>, and a full server would not be noticed.</para>
/// <para>A record is a hash: <c>v</c> version, <c>d</c> data, <c>e</c> expiry, and <c>i:NAME</c> for each index it is in. The key's own
/// expiry only frees the memory; whether the record lives is <c>e</c>'s word, as hosts and tests have clocks of their own.</para>
/// </remarks>
internal static class RedisScripts
{
    /// <summary>Answers what the server says about its memory.</summary>
    public const string Memory = "return redis.call('INFO', 'memory')";

    /// <summary>
    /// ARGV: now, version, data, expiry, milliseconds to live or <c>never</c>, nothing, until when the indexes are joined, indexes… Answers 1
    /// when written.
    /// </summary>
    public const string Add = """
        local expiry = redis.call('HGET', KEYS[1], 'e')
        if expiry then
            if tonumber(expiry) > tonumber(ARGV[1]) then return 0 end
            redis.call('DEL', KEYS[1])
        end
        """ + Write;

    /// <summary>
    /// ARGV: now, version, data, expiry, milliseconds to live or <c>never</c>, expected version, until when the indexes were joined,
    /// indexes… Answers 1 when written, 0 when gone or changed, and a list of indexes, with nothing written, when the record would outlive
    /// its entry in them.
    /// </summary>
    public const string Replace = """
        local found = redis.call('HMGET', KEYS[1], 'v', 'e')
        if not found[1] or tonumber(found[2]) <= tonumber(ARGV[1]) or found[1] ~= ARGV[6] then return 0 end
        if tonumber(ARGV[4]) > tonumber(ARGV[1]) then
            local joined, missing = {}, {}
            for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
                if string.sub(field, 1, 2) == 'i:' then joined[string.sub(field, 3)] = tonumber(redis.call('HGET', KEYS[1], field)) end
            end
            for n = 8, #ARGV do joined[ARGV[n]] = math.max(joined[ARGV[n]] or 0, tonumber(ARGV[7])) end
            for index, untilWhen in pairs(joined) do
                if untilWhen < tonumber(ARGV[4]) then missing[#missing + 1] = index end
            end
            if #missing > 0 then return missing end
        end
        """ + Write;

    /// <summary>ARGV: now. Answers version and data, or nothing.</summary>
    public const string Take = """
        local found = redis.call('HMGET', KEYS[1], 'v', 'd', 'e')
        if not found[1] or tonumber(found[3]) <= tonumber(ARGV[1]) then return false end
        redis.call('DEL', KEYS[1])
        return { found[1], found[2] }
        """;

    /// <summary>ARGV: now, expected version or nothing. Answers 1 when removed.</summary>
    public const string Remove = """
        local found = redis.call('HMGET', KEYS[1], 'v', 'e')
        if not found[1] or tonumber(found[2]) <= tonumber(ARGV[1]) then return 0 end
        if ARGV[2] ~= '' and found[1] ~= ARGV[2] then return 0 end
        redis.call('DEL', KEYS[1])
        return 1
        """;

    /// <summary>
    /// Puts a record into an index. KEYS: the index. ARGV: now, key of the record, expiry, milliseconds to live or <c>never</c>.
    /// Neither a member's expiry nor the index's own is ever made earlier: the write of the record that follows may fail, and the
    /// record then keeps the later one.
    /// </summary>
    public const string Join = """
        local life = redis.call('PTTL', KEYS[1])
        redis.call('ZADD', KEYS[1], 'GT', ARGV[3], ARGV[2])
        if ARGV[4] == 'never' then
            redis.call('PERSIST', KEYS[1])
        elseif life == -2 or (life >= 0 and tonumber(ARGV[4]) > life) then
            redis.call('PEXPIRE', KEYS[1], ARGV[4])
        end
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
        return 1
        """;

    private const string Write = """

        if tonumber(ARGV[4]) <= tonumber(ARGV[1]) then
            redis.call('DEL', KEYS[1])
            return 1
        end
        redis.call('HSET', KEYS[1], 'v', ARGV[2], 'd', ARGV[3], 'e', ARGV[4])
        if tonumber(ARGV[7]) > 0 then
            for n = 8, #ARGV do redis.call('HSET', KEYS[1], 'i:' .. ARGV[n], ARGV[7]) end
        end
        if ARGV[5] == 'never' then
            redis.call('PERSIST', KEYS[1])
        else
            redis.call('PEXPIRE', KEYS[1], ARGV[5])
        end
        return 1
        """;
}
