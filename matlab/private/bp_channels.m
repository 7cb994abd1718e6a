function [path, pairs, hasRealizations] = bp_channels(H, pairs, directory)
%BP_CHANNELS  Channels as a file for the tool, their axes named; whether they have one of realizations.
%   What the options say of users and links that the command line has no words for goes into the file.

AXES = {{'user', 'accessPoint', 'antenna'}, {'realization', 'user', 'accessPoint', 'antenna'}, ...
    {'realization', 'user', 'accessPoint', 'userAntenna', 'antenna'}};
IN_FILE = {'power', 'noise', 'weight', 'serving', 'streams', 'max-streams'; 'power', 'noise', 'weight', 'serving', 'streams', 'maxStreams'};

[axes, pairs] = bp_take(pairs, 'axes');
if isa(H, 'string')
    H = char(H);
end
if ischar(H)
    path = H;
    hasRealizations = true; % the tool tells by the file
    pairs(end + 1, :) = {'axes', axes};
    return
end

file = struct();
if isstruct(H)
    if ~isfield(H, 'H')
        error('beamprecoding:input', 'The struct of channels has no field H; its fields are %s.', strjoin(fieldnames(H).', ', '));
    end
    names = fieldnames(H);
    for i = 1:numel(names)
        if isnumeric(H.(names{i})) || islogical(H.(names{i}))
            file.(names{i}) = H.(names{i});
        end
    end
    if isempty(axes) && isfield(H, 'axes')
        axes = H.axes;
    end
else
    file.H = H;
end
if ~isfloat(file.H) || isempty(file.H)
    error('beamprecoding:input', 'H is of class %s and size %s; expected single or double numbers.', class(file.H), mat2str(size(file.H)));
end
file.H = full(file.H);
if isempty(axes)
    rank = ndims(file.H);
    if rank < 3 || rank > 5
        error('beamprecoding:input', ['H has %d axes; expected (user, accessPoint, antenna), (realization, user, accessPoint, antenna) or with userAntenna ' ...
            'before antenna. Trailing axes of extent 1 are dropped: name all axes, ''axes'', ''realization,user,accessPoint,antenna''.'], rank);
    end
    axes = AXES{rank - 2};
elseif ischar(axes)
    axes = strtrim(strsplit(axes, ','));
end
hasRealizations = any(strcmp(axes, 'realization'));
pairs(end + 1, :) = {'axes', axes};

for i = 1:size(IN_FILE, 2)
    [value, pairs] = bp_take(pairs, IN_FILE{1, i});
    if isempty(value)
        continue
    end
    isTable = ~ischar(value) && (~isscalar(value) || strcmp(IN_FILE{1, i}, 'weight'));
    if isTable && ~iscell(value) && ~strcmp(IN_FILE{1, i}, 'power')
        if iscolumn(value) && any(strcmp(IN_FILE{1, i}, {'noise', 'weight', 'max-streams'}))
            value = value.';
        end
        file.(IN_FILE{2, i}) = value;
        if any(strcmp(IN_FILE{1, i}, {'serving', 'streams'}))
            pairs(end + 1, :) = {IN_FILE{1, i}, 'file'}; %#ok<AGROW>
        end
    else
        pairs(end + 1, :) = {IN_FILE{1, i}, value}; %#ok<AGROW>
    end
end

names = fieldnames(file);
for i = 1:numel(names)
    array = file.(names{i}); %#ok<NASGU>
    needed = whos('array');
    if needed.bytes >= 2^31
        error('beamprecoding:input', '%s takes %.1f GiB; a .mat file of level 5 holds less than 2 GiB an array. Solve fewer realizations at a time.', names{i}, needed.bytes / 2^30);
    end
end
path = fullfile(directory, 'channels.mat');
save('-v6', path, '-struct', 'file');
end
