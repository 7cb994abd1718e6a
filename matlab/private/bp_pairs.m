function pairs = bp_pairs(arguments)
%BP_PAIRS  Name-value arguments as a cell array of rows {name, value}, names as the tool spells them.

if mod(numel(arguments), 2) ~= 0
    error('beamprecoding:usage', 'Options come in pairs of a name and a value; %d arguments follow. A flag takes true: ''certificate'', true.', numel(arguments));
end
pairs = reshape(arguments, 2, []).';
for i = 1:size(pairs, 1)
    if ~ischar(pairs{i, 1}) && ~isa(pairs{i, 1}, 'string')
        error('beamprecoding:usage', 'Option %d has a name of class %s; give its name as text, such as ''snr_db''.', i, class(pairs{i, 1}));
    end
    pairs{i, 1} = strrep(char(pairs{i, 1}), '_', '-');
    if isa(pairs{i, 2}, 'string')
        pairs{i, 2} = cellstr(pairs{i, 2});
        if numel(pairs{i, 2}) == 1
            pairs{i, 2} = pairs{i, 2}{1};
        end
    end
end
end
