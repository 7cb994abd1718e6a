function [directory, cleanup] = bp_directory()
%BP_DIRECTORY  An empty directory for one call's files, deleted with them when cleanup goes.

directory = tempname();
[done, message] = mkdir(directory);
if ~done
    error('beamprecoding:device', 'The directory ''%s'' for temporary files was not made: %s', directory, message);
end
cleanup = onCleanup(@() remove(directory));
end

function remove(directory)
files = dir(directory);
for i = 1:numel(files)
    if ~files(i).isdir
        delete(fullfile(directory, files(i).name));
    end
end
rmdir(directory);
end
