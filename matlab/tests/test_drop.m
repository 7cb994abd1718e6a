function test_drop()
%TEST_DROP  Drops are those of the command line, and bp_solve takes them as they are.

options = {'scenario', 'uma-nlos', 'users', 8, 'antennas', 16, 'realizations', 2, 'seed', 1};
d = bp_drop(options{:});
assert(isequal(size(d.H), [2 8 3 16]) && isa(d.H, 'single') && ~isreal(d.H));
assert(isequal(size(d.userPosition), [2 8 3]) && isequal(size(d.accessPointPosition), [3 3]));
assert(isequal(d.power, [1 1 1]) && isequal(d.noise, ones(1, 8)) && d.carrierFrequencyHz == 1e10);
assert(isequal(d, bp_drop(options{:}, 'out', 'kept.mat')));
r = bp_solve(d, 'snr_db', 20, 'normalize', 'mean', 'iterations', 5);
s = bp_solve('kept.mat', 'snr_db', 20, 'normalize', 'mean', 'iterations', 5);
assert(isequal(r.P, s.P) && isa(r.P, 'single') && mean(r.sum_rate) > 10);

% streams: the file's serving, and positions for another
d = bp_drop('scenario', 'rayleigh-cell-free', 'users', 4, 'antennas', 8, 'realizations', 2, 'seed', 1);
assert(isequal(size(d.H), [2 4 4 4 8]) && numel(d.axes) == 5 && all(sum(d.serving(1, :, :), 2) == 2));
r = bp_solve(d, 'snr_db', 15, 'iterations', 3);
assert(~isempty(r.stream_access_point) && max(r.stream_access_point) <= 4 && max(r.stream_user) == 4);
r = bp_solve(d, 'snr_db', 15, 'iterations', 3, 'serving', 'nearest:1');
assert(numel(unique(r.stream_user)) == 4);

% one antenna, whose axis is dropped, needs no word about it
d = bp_drop('scenario', 'iid', 'users', 2, 'antennas', 1, 'access_points', 3, 'realizations', 2);
assert(isequal(size(d.H), [2 2 3]));
r = bp_solve(d, 'snr_db', 10);
assert(isequal(size(r.rates), [2 2]));
end
