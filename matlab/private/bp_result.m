function result = bp_result(arrays, report, names, isOfSeveral, hasRealizations)
%BP_RESULT  Results of solve from the arrays of its .mat file and its JSON.

precoders = regexp(report, '\n  "precoders": \[(.*?)\n  \]', 'tokens', 'once');
parts = regexp([precoders{1} ' '], '\n      "name": ', 'split');
parts = parts(2:end);
common = struct('device', top(report, 'device'), 'device_name', top(report, 'deviceName'), 'precision', top(report, 'precision'), 'report', regexprep(report, '\n\s*', ''));
result = struct();
for i = 1:numel(parts)
    name = regexp(parts{i}, '^"([^"]*)"', 'tokens', 'once');
    field = strrep(name{1}, '-', '_');
    prefix = '';
    if numel(names) > 1
        prefix = [field '_'];
    end
    one = result_of(arrays, prefix, parts{i}, common, hasRealizations);
    if isOfSeveral
        result.(field) = one;
    else
        result = one;
    end
end
end

function r = result_of(arrays, prefix, json, common, hasRealizations)
r.P = arrays.([prefix 'P']);
if ~hasRealizations
    extents = size(r.P);
    r.P = reshape(r.P, [extents(2:end) 1]);
end
r.stream_user = from_one(arrays, [prefix 'streamUser']);
r.stream_access_point = from_one(arrays, [prefix 'streamAccessPoint']);
r.sum_rate = arrays.([prefix 'sumRate'])(:);
r.rates = arrays.([prefix 'rates']);
r.weights = [];
if isfield(arrays, [prefix 'weights'])
    r.weights = arrays.([prefix 'weights']);
end
r.iterations = double(arrays.([prefix 'iterations'])(:));
r.status = bp_json(json, 'status').';
r.start = bp_json(json, 'start').';
r.power = rows(bp_json(json, 'accessPointPower'));
r.power_excess = rows(bp_json(json, 'worstPowerExcess'));
r.upper_bound = known(rows(bp_json(json, 'upperBoundBitPerSecondPerHertz')));
r.designed_sum_rate = known(rows(bp_json(json, 'designedSumRateBitPerSecondPerHertz')));
r.trace = [];
r.seconds = rows(bp_json(json, 'secondsSolve'));
r.timings = struct('setup', top(json, 'secondsSetup'), 'upload', top(json, 'secondsUpload'), 'solve', r.seconds(end), 'download', top(json, 'secondsDownload'));
r.seconds = r.seconds(1:end - 1); % the last is that of all
names = fieldnames(common);
for i = 1:numel(names)
    r.(names{i}) = common.(names{i});
end
end

function value = top(json, key)
values = bp_json(json, key);
value = values{1};
end

function matrix = rows(values)
matrix = NaN(numel(values), max([1 cellfun('length', values)]));
for i = 1:numel(values)
    matrix(i, 1:numel(values{i})) = values{i}; % none for a realization that was never reached
end
end

function values = known(values)
if all(isnan(values(:)))
    values = [];
end
end

function indices = from_one(arrays, name)
indices = [];
if isfield(arrays, name)
    indices = double(arrays.(name)) + 1;
end
end
