-- PUTs of 256 bytes, each to one of 10,000 keys.
local value = string.rep("v", 256)
local thread = 0
function setup(t) t:set("seed", thread); thread = thread + 1 end
function init() math.randomseed(os.time() + seed * 7919) end
function request()
    return wrk.format("PUT", "/v1/kv/bench/" .. math.random(1, 10000), nil, value)
end
