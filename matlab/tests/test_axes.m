function test_axes()
%TEST_AXES  Axes of other orders and numbers, and those that MATLAB drops.

options = {'precoder', 'rzf', 'snr_db', 10};
H = random_channels(2, 4, 3, 5);
r = bp_solve(H, options{:});
assert(isequal(size(r.P), [2 4 3 5]) && isequal(size(r.rates), [2 4]) && isequal(size(r.sum_rate), [2 1]));

% one realization, without its axis
one = reshape(H(2, :, :, :), [4 3 5]);
s = bp_solve(one, options{:});
assert(isequal(s.P, reshape(r.P(2, :, :, :), [4 3 5])));
assert(isequal(s.rates, r.rates(2, :)) && isequal(size(s.iterations), [1 1]));

% another order
s = bp_solve(permute(H, [4 1 3 2]), options{:}, 'axes', {'antenna', 'realization', 'accessPoint', 'user'});
assert(isequal(s.P, r.P));

% one antenna: the last axis is dropped, here and in P
narrow = random_channels(2, 3, 4);
s = bp_solve(narrow, options{:}, 'axes', 'realization,user,accessPoint,antenna');
assert(isequal(size(s.P), [2 3 4]) && isequal(size(s.rates), [2 3]));
w = bp_solve(narrow, 'snr_db', 10, 'axes', 'realization,user,accessPoint,antenna', 'starts', 'warm', 'warm_start', s);
assert(all(w.sum_rate >= s.sum_rate * (1 - 1e-5)));
s = bp_solve(narrow(:, :, 1), options{:}, 'axes', 'user,accessPoint,antenna'); % two users of three access points of one antenna
assert(isequal(size(s.P), [2 3]) && isequal(size(s.rates), [1 2]));
requires_error('beamprecoding:input', @() bp_solve(narrow(:, :, 1), options{:}));

% one access point, and one user
s = bp_solve(H(:, :, 1, :), options{:});
assert(isequal(size(s.P), [2 4 1 5]));
s = bp_solve(H(:, 1, :, :), options{:});
assert(isequal(size(s.P), [2 1 3 5]) && isequal(size(s.rates), [2 1]));

% users with two antennas: rows of matrices, y = H*x
wide = random_channels(2, 3, 2, 2, 6);
s = bp_solve(wide, 'precoder', 'local-ezf', 'snr_db', 10, 'serving', logical([1 0 1; 0 1 0]));
assert(isequal(s.stream_access_point, [1 1 2]) && isequal(s.stream_user, [1 3 2]));
assert(isequal(size(s.P), [2 6 3]) && isequal(size(s.rates), [2 3]));
t = bp_solve(reshape(wide(1, :, :, :, :), [3 2 2 6]), 'axes', 'user,accessPoint,userAntenna,antenna', ...
    'precoder', 'local-ezf', 'snr_db', 10, 'serving', logical([1 0 1; 0 1 0]), 'streams', [2 0 1; 0 1 0], 'max_streams', [2 1 1]);
assert(isequal(size(t.P), [6 4]) && isequal(t.stream_user, [1 1 3 2]));
c = bp_solve(wide, 'precoder', 'cjt-wmmse', 'snr_db', 10, 'iterations', 3);
assert(isequal(size(c.P), [2 2 6 6]) && isequal(c.stream_user, [1 1 2 2 3 3]) && isempty(c.stream_access_point));

% real channels
s = bp_solve(ones(2, 1, 4), 'precoder', 'mrt', 'power', 1);
assert(max(abs(s.P(:) - sqrt(1 / 8))) < 1e-6);
end
