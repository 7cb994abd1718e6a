function words = bp_arguments(pairs)
%BP_ARGUMENTS  Options as words of the command line.
%   true is the option alone; false and [] leave it out; several numbers or texts are a list; a struct of
%   settings and a cell array for set become a --set each. Which options there are is for the tool to say.

words = {};
for i = 1:size(pairs, 1)
    name = ['--' pairs{i, 1}];
    value = pairs{i, 2};
    if any(strcmp(name, {'--settings', '--set'}))
        settings = settings_of(value, '');
        for j = 1:numel(settings)
            words = [words, {'--set', settings{j}}]; %#ok<AGROW>
        end
    elseif islogical(value) && isscalar(value)
        if value
            words{end + 1} = name; %#ok<AGROW>
        end
    elseif ~isempty(value)
        words = [words, {name, text_of(value, pairs{i, 1})}]; %#ok<AGROW>
    end
end
end

function settings = settings_of(value, prefix)
if ~isstruct(value)
    settings = cellstr(value);
    return
end
settings = {};
keys = fieldnames(value);
for i = 1:numel(keys)
    key = [prefix strrep(keys{i}, '_', '-')];
    if isstruct(value.(keys{i}))
        settings = [settings, settings_of(value.(keys{i}), [key '.'])]; %#ok<AGROW>
    else
        settings{end + 1} = [key '=' text_of(value.(keys{i}), key)]; %#ok<AGROW>
    end
end
end

function text = text_of(value, name)
if ischar(value)
    text = value;
elseif iscellstr(value)
    text = strjoin(value(:).', ',');
elseif islogical(value) && isscalar(value)
    names = {'false', 'true'};
    text = names{1 + value};
elseif isnumeric(value) && isreal(value)
    text = strjoin(arrayfun(@number, value(:).', 'UniformOutput', false), ',');
elseif isa(value, 'string')
    text = strjoin(cellstr(value(:).'), ',');
else
    error('beamprecoding:usage', 'Option %s has a value of class %s; expected text, real numbers, true or false.', strrep(name, '-', '_'), class(value));
end
end

function text = number(value)
if isinteger(value) && value >= 0
    text = sprintf('%u', value); % Octave's %d ends at 2^63
elseif isinteger(value)
    text = sprintf('%d', value);
elseif value == fix(value) && abs(value) < 2^53
    text = sprintf('%.0f', value);
else
    digits = 15;
    if isa(value, 'single')
        digits = 6;
    end
    text = sprintf('%.*g', digits, value);
    while cast(str2double(text), class(value)) ~= value && digits < 17 % the shortest that is the same number
        digits = digits + 1;
        text = sprintf('%.*g', digits, value);
    end
end
end
