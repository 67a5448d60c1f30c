// SPDX-License-Identifier: Apache-2.0

/// The Lua scripts that the broker runs: what must happen in one step in the server.
enum RedisScript: String, CaseIterable, Sendable {
    case publish, history, present, lease, presence, enqueue, take, settle

    var source: String {
        switch self {
        case .publish: Self.publishSource
        case .history: Self.historySource
        case .present: Self.boardFunctions + Self.presentSource
        case .lease: Self.boardFunctions + Self.leaseSource
        case .presence: Self.presenceSource
        case .enqueue: Self.enqueueSource
        case .take: Self.takeSource
        case .settle: Self.settleSource
        }
    }

    /// Gives an event its place, keeps it, and publishes it, unless it was published before.
    ///
    /// KEYS: meta, stream, sent, once (or ''). ARGV: channel, open frame, epoch should there be none, size, seconds,
    /// sequence number of the sender. Returns offset, epoch, receivers, and whether it was there before.
    private static let publishSource = """
        local sent = redis.call('GET', KEYS[3])
        if sent then
          local last, offset, epoch = sent:match('^(%d+):(%d+):(%x+)$')
          if last and tonumber(last) >= tonumber(ARGV[6]) then return {tonumber(offset), epoch, 0, 1} end
        end
        if KEYS[4] ~= '' then
          local before = redis.call('GET', KEYS[4])
          if before then
            local offset, epoch = before:match('^(%d+):(%x+)$')
            return {tonumber(offset), epoch, 0, 1}
          end
        end
        local epoch = redis.call('HGET', KEYS[1], 'e')
        if not epoch then
          epoch = ARGV[3]
          redis.call('DEL', KEYS[1], KEYS[2])
          redis.call('HSET', KEYS[1], 'e', epoch)
        end
        local offset = redis.call('HINCRBY', KEYS[1], 'o', 1)
        local frame = ARGV[2] .. '\\161o\\207' .. struct.pack('>I8', offset) .. '\\161e\\176' .. epoch
        redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[4], offset .. '-0', 'd', frame)
        redis.call('EXPIRE', KEYS[2], ARGV[5])
        redis.call('EXPIRE', KEYS[1], math.max(86400, ARGV[5] * 2))
        redis.call('SET', KEYS[3], ARGV[6] .. ':' .. offset .. ':' .. epoch, 'EX', 60)
        if KEYS[4] ~= '' then redis.call('SET', KEYS[4], offset .. ':' .. epoch, 'EX', 60) end
        return {offset, epoch, redis.call('PUBLISH', ARGV[1], frame), 0}
        """

    /// Reads what came after a place.
    ///
    /// KEYS: meta, stream. ARGV: epoch should there be none, seconds, epoch and offset of the reader ('' for none), limit.
    /// Returns offset, epoch, whether nothing is missing, and the frames.
    private static let historySource = """
        local epoch = redis.call('HGET', KEYS[1], 'e')
        if not epoch then
          epoch = ARGV[1]
          redis.call('DEL', KEYS[1], KEYS[2])
          redis.call('HSET', KEYS[1], 'e', epoch, 'o', 0)
          redis.call('EXPIRE', KEYS[1], math.max(86400, ARGV[2] * 2))
        end
        local offset = tonumber(redis.call('HGET', KEYS[1], 'o') or 0)
        if ARGV[3] == '' then return {offset, epoch, 1, {}} end
        local since = tonumber(ARGV[4])
        if ARGV[3] ~= epoch or since > offset or offset - since > tonumber(ARGV[5]) then
          return {offset, epoch, 0, {}}
        end
        local entries = redis.call('XRANGE', KEYS[2], (since + 1) .. '-0', '+')
        if #entries ~= offset - since then return {offset, epoch, 0, {}} end
        local frames = {}
        for i, entry in ipairs(entries) do frames[i] = entry[2][2] end
        return {offset, epoch, 1, frames}
        """

    /// A group's board is a hash: `<process>:<key>` to what the process says of the key, and `#<key>` to how many processes
    /// say something. `PREFIXES` are those of boards, places and channels.
    private static let boardFunctions = """
        local function head(n)
          if n < 16 then return string.char(144 + n) end
          if n < 65536 then return '\\220' .. struct.pack('>I2', n) end
          return '\\221' .. struct.pack('>I4', n)
        end
        local function text(s)
          if #s < 32 then return string.char(160 + #s) .. s end
          if #s < 256 then return '\\217' .. string.char(#s) .. s end
          return '\\218' .. struct.pack('>I2', #s) .. s
        end
        local function leave(prefixes, process, group, key)
          local board = prefixes[1] .. group
          redis.call('SREM', prefixes[2] .. process, #group .. ':' .. group .. key)
          if redis.call('HDEL', board, process .. ':' .. key) == 0 then return false end
          if redis.call('HINCRBY', board, '#' .. key, -1) > 0 then return false end
          redis.call('HDEL', board, '#' .. key)
          return true
        end
        local function tell(prefixes, group, joined, left)
          if #joined == 0 and #left == 0 then return end
          local frame = '\\132' .. text('type') .. text('sluice.presence') .. text('group') .. text(group)
            .. text('joined') .. head(#joined) .. table.concat(joined) .. text('left') .. head(#left)
          for _, key in ipairs(left) do frame = frame .. text(key) end
          redis.call('PUBLISH', prefixes[3] .. group, frame)
        end
        local function now()
          local time = redis.call('TIME')
          return time[1] * 1000 + math.floor(time[2] / 1000)
        end

        """

    /// Notes what a process says of keys of one group, and tells who came and went.
    ///
    /// KEYS: leases. ARGV: prefixes of boards, places and channels, process, lease in ms, group, and for each key: the key,
    /// the metadata ('' for none), the entry as it is told.
    private static let presentSource = """
        local prefixes, process, group = {ARGV[1], ARGV[2], ARGV[3]}, ARGV[4], ARGV[6]
        local board, joined, left = prefixes[1] .. group, {}, {}
        redis.call('ZADD', KEYS[1], now() + ARGV[5], process)
        for i = 7, #ARGV, 3 do
          local key = ARGV[i]
          if ARGV[i + 1] == '' then
            if leave(prefixes, process, group, key) then left[#left + 1] = key end
          elseif redis.call('HSET', board, process .. ':' .. key, ARGV[i + 1]) == 1 then
            redis.call('SADD', prefixes[2] .. process, #group .. ':' .. group .. key)
            if redis.call('HINCRBY', board, '#' .. key, 1) == 1 then joined[#joined + 1] = ARGV[i + 2] end
          end
        end
        tell(prefixes, group, joined, left)
        """

    /// Renews a process's lease, and takes away what processes said whose lease is over.
    ///
    /// KEYS: leases. ARGV: the three prefixes, process, lease in ms. Returns whether the lease was there before.
    private static let leaseSource = """
        local prefixes, process, time = {ARGV[1], ARGV[2], ARGV[3]}, ARGV[4], now()
        local known = redis.call('ZSCORE', KEYS[1], process)
        redis.call('ZADD', KEYS[1], time + ARGV[5], process)
        for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. time, 'LIMIT', 0, 8)) do
          local gone = {}
          for _, place in ipairs(redis.call('SMEMBERS', prefixes[2] .. dead)) do
            local length, rest = place:match('^(%d+):(.*)$')
            local group, key = rest:sub(1, length), rest:sub(length + 1)
            if leave(prefixes, dead, group, key) then
              gone[group] = gone[group] or {}
              table.insert(gone[group], key)
            end
          end
          for group, keys in pairs(gone) do tell(prefixes, group, {}, keys) end
          redis.call('DEL', prefixes[2] .. dead)
          redis.call('ZREM', KEYS[1], dead)
        end
        return known and 1 or 0
        """

    /// What the living processes say of a group's keys, as key and metadata in turns.
    ///
    /// KEYS: leases, board. ARGV: fields of a board at most; over it the answer is false.
    private static let presenceSource = """
        if redis.call('HLEN', KEYS[2]) > tonumber(ARGV[1]) then return false end
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local fields, found, alive = redis.call('HGETALL', KEYS[2]), {}, {}
        for i = 1, #fields, 2 do
          local process, key = fields[i]:match('^(%x+):(.*)$')
          if process then
            if alive[process] == nil then
              alive[process] = tonumber(redis.call('ZSCORE', KEYS[1], process) or 0) >= now
            end
            if alive[process] then
              found[#found + 1] = key
              found[#found + 1] = fields[i + 1]
            end
          end
        end
        return found
        """
}
