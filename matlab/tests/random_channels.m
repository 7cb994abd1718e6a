function H = random_channels(varargin)
%RANDOM_CHANNELS  Independent CN(0, 1) entries of the given extents, the same in every run.

rand('twister', 7); %#ok<RAND>
randn('twister', 7); %#ok<RAND>
H = (randn(varargin{:}) + 1i * randn(varargin{:})) / sqrt(2);
end
