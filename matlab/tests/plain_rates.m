function rates = plain_rates(H, P, noise)
%PLAIN_RATES  rates(r, k) = log2(1 + |g_kk|^2 / (sum_j |g_kj|^2 - |g_kk|^2 + noise_k)), g_kj = sum_lm conj(H(r,k,l,m)) P(r,j,l,m).

[R, K, L, M] = size(H);
rates = zeros(R, K);
for r = 1:R
    for k = 1:K
        gains = zeros(1, K);
        for j = 1:K
            for l = 1:L
                for m = 1:M
                    gains(j) = gains(j) + conj(H(r, k, l, m)) * P(r, j, l, m);
                end
            end
        end
        signal = abs(gains(k))^2;
        rates(r, k) = log2(1 + signal / (sum(abs(gains).^2) - signal + noise(k)));
    end
end
end
