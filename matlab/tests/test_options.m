function test_options()
%TEST_OPTIONS  Several precoders, settings, traces, files and other options reach the tool and come back.

H = random_channels(2, 6, 2, 8);
s = bp_solve(H, 'precoder', {'mrt', 'bsp-hamiltonian', 'reduced-cg'}, 'snr_db', 15, 'normalize', 'mean', 'iterations', 7, 'tolerance', 0, ...
    'certificate', true, 'trace', true, 'settings', struct('bsp_hamiltonian', struct('damping', 0.55)), 'seed', uint64(18446744073709551615), 'threads', 1);
assert(isequal(fieldnames(s).', {'mrt', 'bsp_hamiltonian', 'reduced_cg'}));
r = s.reduced_cg;
assert(isequal(r.iterations, [7; 7]) && isequal(r.status, {'iteration-limit'; 'iteration-limit'}) && isequal(r.start, {'wrzf'; 'wrzf'}));
assert(isequal(s.mrt.status, {'converged'; 'converged'}));
assert(all(r.sum_rate <= r.upper_bound) && all(r.sum_rate > 0.5 * r.upper_bound) && isequal(r.upper_bound, s.mrt.upper_bound));
assert(all(abs(r.power(:) - 10^1.5) < 1e-4) && all(abs(r.power_excess) < 1e-6));
assert(strcmp(r.device, 'cpu') && ~isempty(r.device_name) && isempty(r.designed_sum_rate));
assert(r.timings.solve > 0 && isequal(size(r.seconds), [2 1]) && all(r.seconds > 0) && all(r.seconds <= r.timings.solve));
assert(~isempty(strfind(r.report, '"damping":0.55')) || ~isempty(strfind(r.report, '"damping": 0.55'))); %#ok<STREMP>
assert(~isempty(strfind(r.report, '"seed": 18446744073709551615'))); %#ok<STREMP>
assert(isequal(size(r.trace), [1 2]) && r.trace(2).iteration(end) == 7 && abs(r.trace(2).sum_rate(end) - r.sum_rate(2)) < 1e-4);
assert(numel(s.mrt.trace(1).iteration) == 1 && abs(s.mrt.trace(1).sum_rate - s.mrt.sum_rate(1)) < 1e-12); % textscan may round the last bit

% a cell array of one is a struct with one field, as a list of more
one = bp_solve(H, 'precoder', {'reduced-cg'}, 'snr_db', 15, 'normalize', 'mean', 'iterations', 7, 'tolerance', 0, 'seed', 3);
assert(isequal(one.reduced_cg.P, r.P) && isempty(one.reduced_cg.trace) && isempty(one.reduced_cg.upper_bound));

% settings as the command line has them, files that stay, starts, errors of estimates
r = bp_solve(H, 'precoder', 'bsp-hamiltonian', 'snr_db', 15, 'iterations', 3, 'set', {'damping=0.5', 'fine-factor=1'}, ...
    'starts', {'mrt', 'random:2'}, 'trace', 'it''s a trace.csv', 'out', 'kept results.mat', 'csi_nmse_db', -10.5, 'csi_error', 'beams');
kept = load('kept results.mat');
assert(isequal(kept.P, r.P) && exist('it''s a trace.csv', 'file') == 2);
assert(~isempty(r.designed_sum_rate) && any(r.designed_sum_rate ~= r.sum_rate));

% an earlier result, its P or its file to begin with
first = bp_solve(H, 'snr_db', 15, 'iterations', 5, 'tolerance', 0, 'out', 'first.mat');
for warm = {first, first.P, 'first.mat'}
    next = bp_solve(H, 'snr_db', 15, 'iterations', 1, 'tolerance', 0, 'starts', 'warm', 'warm_start', warm{1});
    assert(all(next.sum_rate >= first.sum_rate * (1 - 1e-6)));
end

% channels of a file
save('-v6', 'my channels.mat', 'H');
fromFile = bp_solve('my channels.mat', 'snr_db', 15, 'iterations', 5, 'tolerance', 0);
assert(isequal(fromFile.P, first.P));

% what is and what can be chosen
[names, haveStreams] = bp_precoders();
assert(any(strcmp(names, 'reduced-cg') & ~haveStreams) && any(strcmp(names, 'cjt-wmmse') & haveStreams));
small = random_channels(3, 2, 4);
r = bp_solve(small, 'precoder', names, 'power', 10, 'iterations', 2);
for i = 1:numel(names)
    assert(r.(strrep(names{i}, '-', '_')).sum_rate > 0, names{i});
end
devices = bp_devices();
cpu = devices(strcmp({devices.id}, 'cpu'));
assert(cpu.solves && cpu.memory_bytes > 1e8 && isempty(cpu.obstacle) && ~isempty(cpu.details));
end
