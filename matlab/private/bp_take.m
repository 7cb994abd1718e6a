function [value, pairs] = bp_take(pairs, name)
%BP_TAKE  An option's value, [] where it was not given, and the other options.

value = [];
found = strcmp(pairs(:, 1), name);
if any(found)
    value = pairs{find(found, 1, 'last'), 2};
    pairs = pairs(~found, :);
end
end
