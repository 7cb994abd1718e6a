function result = bp_trace(result, path, isOfSeveral)
%BP_TRACE  The --trace file as a field of each result, a struct per realization.

file = fopen(path, 'r');
columns = textscan(file, '%f %s %f %f %f %f %f', 'Delimiter', ',', 'HeaderLines', 1);
fclose(file);
if ~isOfSeveral
    result.trace = trace_of(columns, true(size(columns{1})), numel(result.status));
    return
end
fields = fieldnames(result);
for i = 1:numel(fields)
    isOf = strcmp(columns{2}, strrep(fields{i}, '_', '-'));
    result.(fields{i}).trace = trace_of(columns, isOf, numel(result.(fields{i}).status));
end
end

function trace = trace_of(columns, isOf, realizationCount)
trace = struct('iteration', cell(1, realizationCount), 'seconds', [], 'sum_rate', [], 'power_excess', [], 'step_size', []);
for r = 1:realizationCount
    lines = isOf & columns{1} == r - 1;
    trace(r).iteration = columns{3}(lines);
    trace(r).seconds = columns{4}(lines);
    trace(r).sum_rate = columns{5}(lines);
    trace(r).power_excess = columns{6}(lines);
    trace(r).step_size = columns{7}(lines);
end
end
