-- Linearizable GETs, each of one of 10,000 keys.
function init() math.randomseed(os.time()) end
function request()
    return wrk.format("GET", "/v1/kv/bench/" .. math.random(1, 10000))
end
