function test_rates()
%TEST_RATES  Axes and the convention y = h'*x: MRT and RZF as computed here from their formulas.

R = 2; K = 4; L = 3; M = 5; % every extent its own
H = random_channels(R, K, L, M);
power = [1 2 5];
noise = [0.5 1 2 0.25];
options = {'precoder', {'mrt', 'rzf'}, 'power', power, 'noise', noise, 'precision', 'double'};
s = bp_solve(H, options{:});
assert_near(s.mrt.rates, plain_rates(H, s.mrt.P, noise), 1e-12);
assert_near(s.rzf.rates, plain_rates(H, s.rzf.P, noise), 1e-12);
assert_near(s.mrt.sum_rate, sum(s.mrt.rates, 2), 1e-12);
assert_near(s.mrt.power, repmat(power, R, 1), 1e-12);

% P itself; with noise of its own each user's channel counts relative to it

mrt = zeros(R, K, L, M);
for r = 1:R
    for l = 1:L
        block = H(r, :, l, :) ./ sqrt(noise);
        mrt(r, :, l, :) = block * sqrt(power(l) / sum(abs(block(:)).^2));
    end
end
assert_near(s.mrt.P, mrt, 1e-12);

sigma2 = 2; % one noise power for all
r = bp_solve(H, 'precoder', 'rzf', 'power', power, 'noise', sigma2, 'device', 'reference');
assert(strcmp(r.device, 'reference') && strcmp(r.precision, 'double') && isa(r.P, 'double'));
rzf = zeros(R, K, L, M);
for q = 1:R
    A = reshape(permute(H(q, :, :, :), [4 3 2 1]), L * M, K); % columns h_k, antennas of an access point together
    V = A / (A' * A + K * sigma2 / sum(power) * eye(K));
    for l = 1:L
        block = V((l - 1) * M + (1:M), :);
        rzf(q, :, l, :) = reshape((block * sqrt(power(l)) / norm(block, 'fro')).', [1 K 1 M]);
    end
end
assert_near(r.P, rzf, 1e-12);
assert_near(r.rates, plain_rates(H, rzf, sigma2 * ones(1, K)), 1e-12);

% gains of y = h.'*x are the conjugates
g = bp_solve(conj(H), options{:}, 'downlink_gain', true);
assert(isequal(g.rzf.P, s.rzf.P));

% weights
weight = [1 0.5 2 3];
w = bp_solve(H, 'snr_db', 10, 'weight', weight, 'precision', 'double');
assert_near(w.sum_rate, w.rates * weight.', 1e-12);

% what is computed in single precision is handed over as such
r = bp_solve(single(H), 'precoder', 'mrt', 'power', power, 'noise', noise);
assert(isa(r.P, 'single') && strcmp(r.precision, 'single'));
assert_near(double(r.P), mrt, 1e-6);
end

function assert_near(actual, expected, tolerance)
assert(isequal(size(actual), size(expected)), 'size is %s, expected %s', mat2str(size(actual)), mat2str(size(expected)));
difference = max(abs(actual(:) - expected(:))) / max(abs(expected(:)));
assert(difference <= tolerance, 'differs by %g, more than %g', difference, tolerance);
end
