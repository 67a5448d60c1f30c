// SPDX-License-Identifier: Apache-2.0

/// Queues of workers: a list of `<id>:<attempts>:<ms when it was sent>:<frame>`; what is taken under a lease is kept in a
/// hash until it is done, and comes back when the lease is over.
extension RedisScript {
    /// KEYS: queue, held. ARGV: capacity, id, frame, channel, expiry in ms. Returns whether there was room, and how many
    /// events had expired. A queue that nobody uses for a day is forgotten.
    static let enqueueSource = """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local expired = 0
        if redis.call('LLEN', KEYS[1]) + redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[1]) then
          while true do
            local entry = redis.call('LINDEX', KEYS[1], 0)
            local attempts, sent = (entry or ''):match('^%x+:(%d+):(%d+):')
            if attempts ~= '0' or sent + ARGV[5] >= now then break end
            redis.call('LPOP', KEYS[1])
            expired = expired + 1
          end
          if redis.call('LLEN', KEYS[1]) + redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[1]) then return {0, expired} end
        end
        redis.call('RPUSH', KEYS[1], ARGV[2] .. ':0:' .. string.format('%.0f', now) .. ':' .. ARGV[3])
        redis.call('PEXPIRE', KEYS[1], math.max(86400000, ARGV[5] * 2))
        redis.call('PUBLISH', ARGV[4], '')
        return {1, expired}
        """

    /// KEYS: queue, leases, held, aside. ARGV: lease in ms (0: none), expiry in ms. Returns id, attempts, frame and how many had
    /// expired; or how many had, and when something comes back, in ms (-1: nothing does).
    static let takeSource = """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do
          local entry = redis.call('HGET', KEYS[3], id)
          if entry then redis.call('LPUSH', KEYS[1], entry) end
          redis.call('HDEL', KEYS[3], id)
          redis.call('ZREM', KEYS[2], id)
        end
        local expired = 0
        while true do
          local entry = redis.call('LPOP', KEYS[1])
          if not entry then
            local next = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
            return {expired, next[2] and math.max(0, next[2] - now) or -1}
          end
          local id, attempts, sent, frame = entry:match('^(%x+):(%d+):(%d+):(.*)$')
          if not id then
            redis.call('RPUSH', KEYS[4], entry)
            redis.call('LTRIM', KEYS[4], -1000, -1)
          elseif attempts == '0' and sent + ARGV[2] < now then
            expired = expired + 1
          else
            attempts = attempts + 1
            if tonumber(ARGV[1]) > 0 then
              redis.call('ZADD', KEYS[2], now + ARGV[1], id)
              redis.call('HSET', KEYS[3], id, id .. ':' .. attempts .. ':' .. sent .. ':' .. frame)
            end
            return {id, attempts, frame, expired}
          end
        end
        """

    /// KEYS: leases, held, aside. ARGV: id, `done`, `retry` or `aside`, delay in ms, attempt. Returns 0 when the lease was
    /// over, also when somebody else has the event by now.
    static let settleSource = """
        local entry = redis.call('HGET', KEYS[2], ARGV[1])
        if not entry or entry:match('^%x+:(%d+):') ~= ARGV[4] then return 0 end
        if ARGV[2] == 'retry' then
          local time = redis.call('TIME')
          redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[3], ARGV[1])
          return 1
        end
        if ARGV[2] == 'aside' then
          redis.call('RPUSH', KEYS[3], entry)
          redis.call('LTRIM', KEYS[3], -1000, -1)
        end
        redis.call('ZREM', KEYS[1], ARGV[1])
        redis.call('HDEL', KEYS[2], ARGV[1])
        return 1
        """
}
