-- Writes and linearizable reads over HTTP/1.1, each of one of 10,000 keys, values of 256 bytes:
-- wrk -s wrk.lua URL -- roost|etcd write|read. One request under way a connection. Its last
-- line has rate, p50 and p99 in milliseconds and failures between tabs.
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(text)
    local out = {}
    for i = 1, #text, 3 do
        local a, b, c = text:byte(i, i + 2)
        local word = a * 65536 + (b or 0) * 256 + (c or 0)
        for place = 3, 0, -1 do
            local digit = math.floor(word / 64 ^ place) % 64 + 1
            out[#out + 1] = alphabet:sub(digit, digit)
        end
        if not c then out[#out] = "=" end
        if not b then out[#out - 1] = "=" end
    end
    return table.concat(out)
end

local system, work
local value = string.rep("v", 256)
local encoded

function init(arguments)
    system, work = arguments[1], arguments[2]
    encoded = base64(value)
    math.randomseed(os.time())
end

function request()
    local key = string.format("/bench/%010d", math.random(0, 9999))
    if system == "roost" then
        if work == "write" then return wrk.format("PUT", "/v1/kv" .. key, nil, value) end
        return wrk.format("GET", "/v1/kv" .. key)
    end
    local body = '{"key":"' .. base64(key) .. '"'
    if work == "write" then
        return wrk.format("POST", "/v3/kv/put", nil, body .. ',"value":"' .. encoded .. '"}')
    end
    return wrk.format("POST", "/v3/kv/range", nil, body .. "}")
end

function done(summary, latency)
    local errors = summary.errors
    local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format("figures\t%d\t%.3f\t%.3f\t%d\n",
        (summary.requests - errors.status) / summary.duration * 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, failures))
end
