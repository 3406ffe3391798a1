"""Events as they arrive, with what became of each: for those who build the pages and apps that send them."""
