namespace McpOidc.Storage;

/// <summary>
/// The Lua scripts of <see cref="RedisStore"/>. In a cluster each accesses one key; on a single server a record and the indexes that it
/// joins are written together. They use only commands shared by Redis 7.0, Valkey and Garnet. Times are Unix milliseconds of the caller's
/// clock; versions are compared as bytes, because a Lua number has only 53 bits.
/// </summary>
/// <remarks>
/// <para>The first write of a script must be the one that needs memory: once a script has written anything, even a DEL, Redis lets it
/// exceed <c>maxmemory</c>, and a full server would go unnoticed.</para>
/// <para>An index is written before the record, so that an interruption between the two leaves an index with too many entries, never too
/// few.</para>
/// <para>A record is a string, as in <see cref="RedisRecord"/>. The key's own expiry only frees memory; the header decides whether the
/// record is live, because hosts and tests have their own clocks.</para>
/// <para>ARGV of every script that writes starts with: now, the record's remaining milliseconds, the record's key as a member of indexes,
/// the expiry of its entries there, the milliseconds until then. For no expiry, the milliseconds are <c>never</c>.</para>
/// </remarks>
internal static class RedisScripts
{
    /// <summary>Returns the server's memory information.</summary>
    public const string Memory = "return redis.call('INFO', 'memory')";

    /// <summary>
    /// KEYS: the record, and the indexes that it joins here. More ARGV: the whole record. Returns nothing if it was written, and otherwise
    /// the existing record.
    /// </summary>
    public const string Add =
        Time
        + """
            local found = redis.call('GET', KEYS[1])
            if found and time(found, 9) > tonumber(ARGV[1]) then return found end
            local answer = false
            """
        + EndIfPast
        + """
            for n = 2, #KEYS do
                local index = KEYS[n]
            """
        + JoinIndex
        + """
            end
            local record = ARGV[6]
            """
        + Keep;

    /// <summary>
    /// KEYS: the record, and the indexes that it may join here. More ARGV: the beginning of the new record, its data, the expected
    /// version, the encoded expiry of its entries in the following indexes, or nothing if it may not join them, and the digests of
    /// indexes. Returns 1 if it was written, and 0 if the record is absent or has changed. Returns the digests of indexes, without
    /// writing, if the record would outlive its entry in them.
    /// </summary>
    public const string Replace =
        Time
        + """
            local found = redis.call('GETRANGE', KEYS[1], 0, 86)
            if string.sub(found, 1, 8) ~= ARGV[8] or time(found, 9) <= tonumber(ARGV[1]) then return 0 end
            local answer = 1
            """
        + EndIfPast
        + """
            local indexes, count = {}, string.byte(found, 15)
            if count > 0 or #ARGV > 9 then
                if count > 4 then found = redis.call('GETRANGE', KEYS[1], 0, 14 + 18 * count) end
                local ends, joining, missing, expiry = {}, {}, {}, time(ARGV[6], 9)
                for at = 16, 15 + 18 * count, 18 do
                    local index = string.sub(found, at, at + 11)
                    indexes[#indexes + 1] = index
                    ends[index] = string.sub(found, at + 12, at + 17)
                end
                for n = 10, #ARGV do
                    local index = ARGV[n]
                    if not ends[index] then
                        indexes[#indexes + 1] = index
                        ends[index] = '\0\0\0\0\0\0'
                    end
                    if ARGV[9] ~= '' and time(ends[index], 1) < expiry then
                        joining[#joining + 1] = KEYS[n - 8]
                        ends[index] = ARGV[9]
                    end
                end
                for n, index in ipairs(indexes) do
                    if time(ends[index], 1) < expiry then missing[#missing + 1] = index end
                    indexes[n] = index .. ends[index]
                end
                if #missing > 0 then return missing end
                for _, index in ipairs(joining) do
            """
        + JoinIndex
        + """
                end
            end
            local record = ARGV[6] .. string.char(#indexes) .. table.concat(indexes) .. ARGV[7]
            """
        + Keep;

    /// <summary>ARGV: now, the expected version or nothing. Returns 1 if the record was removed.</summary>
    public const string Remove =
        Time
        + """
            local found = redis.call('GETRANGE', KEYS[1], 0, 13)
            if found == '' or time(found, 9) <= tonumber(ARGV[1]) then return 0 end
            if ARGV[2] ~= '' and string.sub(found, 1, 8) ~= ARGV[2] then return 0 end
            redis.call('DEL', KEYS[1])
            return 1
            """;

    /// <summary>Adds a record to an index, before another script writes the record. KEYS: the index.</summary>
    public const string Join = "local index = KEYS[1]" + JoinIndex + "return 1";

    private const string Time = """
        local function time(text, at)
            local a, b, c, d, e, f = string.byte(text, at, at + 5)
            return ((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f
        end

        """;

    private const string EndIfPast = """

        if ARGV[2] ~= 'never' and tonumber(ARGV[2]) <= 0 then
            redis.call('DEL', KEYS[1])
            return answer
        end

        """;

    /// <summary>
    /// Never shortens the expiry of a member or of the index: the following write of the record may fail, and the record then keeps its
    /// later expiry.
    /// </summary>
    private const string JoinIndex = """

        local life = redis.call('PTTL', index)
        redis.call('ZADD', index, 'GT', ARGV[4], ARGV[3])
        if ARGV[5] == 'never' then
            redis.call('PERSIST', index)
        elseif life == -2 or (life >= 0 and tonumber(ARGV[5]) > life) then
            redis.call('PEXPIRE', index, ARGV[5])
        end
        redis.call('ZREMRANGEBYSCORE', index, '-inf', ARGV[1])

        """;

    private const string Keep = """

        if ARGV[2] == 'never' then
            redis.call('SET', KEYS[1], record)
        else
            redis.call('SET', KEYS[1], record, 'PX', ARGV[2])
        end
        return answer
        """;
}
