function H = random_channels(varargin)
%RANDOM_CHANNELS  CN(0, 1) entries of the given extents, the same in every run and every release.

n = (1:prod([varargin{:}])).';
uniform = @(seed) mod(43758.5453 * sin(12.9898 * n + seed), 1);
H = reshape(sqrt(-log(1 - uniform(1))) .* exp(2i * pi * uniform(2)), varargin{:});
end
