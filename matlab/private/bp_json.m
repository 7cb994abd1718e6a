function values = bp_json(text, key)
%BP_JSON  Values of a key in the order they stand in JSON text, a cell array: numbers and arrays of numbers as
%   rows with NaN for null, text, true and false. For the tool's own output, whose keys mean one thing each;
%   Octave 6 has no jsondecode.

found = regexp(text, ['"' key '":\s*(\[[^\]]*\]|"(?:[^"\\]|\\.)*"|[^,\s\]\}]+)'], 'tokens');
values = cell(1, numel(found));
for i = 1:numel(found)
    value = found{i}{1};
    if value(1) == '"'
        value = regexprep(value(2:end - 1), '\\(["\\/])', '$1');
    elseif any(strcmp(value, {'true', 'false'}))
        value = strcmp(value, 'true');
    else
        value = sscanf(regexprep(strrep(value, 'null', 'NaN'), '[\[\],]', ' '), '%f').';
    end
    values{i} = value;
end
end
