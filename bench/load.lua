-- wrk's requests: EVENTS in each POST /v1/events, every one with an id of its own and a creator who acts once.
-- Bodies are made once; per request only their marks are replaced, so that the generator stays out of the way.
local events = tonumber(os.getenv("EVENTS"))
local name = os.getenv("NAME")
local pause = tonumber(os.getenv("PAUSE_MS") or "0")
local headers = { ["Authorization"] = "Bearer " .. os.getenv("TOKEN"), ["Content-Type"] = "application/json" }
local templates, sent, thread, run = {}, 0, 0, tonumber(os.getenv("RUN"))
local threads = 0

function setup(t)
  t:set("thread", threads)
  threads = threads + 1
end

function init()
  math.randomseed(run * 100 + thread)
  for n = 1, (events > 1 and 8 or 400) do
    local made = {}
    for i = 1, events do
      made[i] = string.format(
        '{"id":"@MARK@%02x-%04x-4%03x-8%03x-%04x%08x","name":"%s","receiver":"job:%d",' ..
        '"occurred_at":"@TIME@.%03dZ","creator":"user-@MARK@-%d","properties":{"page":"/jobs/%d","position":%d},' ..
        '"context":{"user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"}}',
        math.random(0, 0xff), math.random(0, 0xffff), math.random(0, 0xfff), math.random(0, 0xfff),
        math.random(0, 0xffff), math.random(0, 0xffffffff), name, math.random(1, 20000), math.random(0, 999),
        i, math.random(1, 20000), i)
    end
    templates[n] = '{"events":[' .. table.concat(made, ",") .. "]}"
  end
end

function request()
  sent = sent + 1
  local marks = { MARK = string.format("%02x%04x", (run * 4 + thread) % 256, sent % 65536), TIME = os.date("!%Y-%m-%dT%H:%M:%S") }
  return wrk.format("POST", "/v1/events", headers, (templates[sent % #templates + 1]:gsub("@(%u+)@", marks)))
end

if pause > 0 then
  function delay() return math.random(0, 2 * pause) end
end

function done(summary, latency)
  io.write(string.format("RESULT %.2f %.3f %.3f %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
